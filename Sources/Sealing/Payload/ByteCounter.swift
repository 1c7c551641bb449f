internal import Synchronization

/// Counts bytes on whichever thread they pass.
final class ByteCounter: Sendable {
  private let total = Atomic<Int64>(0)

  func add(_ count: Int) { total.wrappingAdd(Int64(count), ordering: .relaxed) }

  var count: Int64 { total.load(ordering: .relaxed) }
}
