import JourneymanBuildModel
import JourneymanKeeper
import JourneymanSupport

/// Keeps what it is given.
final class RecordingSink: BuildLogSink {
  let name = "the record"
  let wantsText: Bool
  var bytes: [UInt8] = []
  var events: [BuildEvent] = []
  /// Fails from this many calls on.
  var callsUntilFailure = Int.max

  init(wantsText: Bool = true) { self.wantsText = wantsText }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  private func count() throws {
    callsUntilFailure -= 1
    if callsUntilFailure < 0 { throw SystemError("write the record", number: 28) }
  }

  func output(_ bytes: UnsafeRawBufferPointer, at time: Timestamp) throws {
    try count()
    self.bytes.append(contentsOf: bytes)
  }

  func event(_ event: BuildEvent) throws {
    try count()
    events.append(event)
  }

  func flush() throws { try count() }
  func close() throws { try count() }
}

extension BuildLog {
  func output(_ text: String) { output(Array(text.utf8)) }
  func output(_ bytes: [UInt8]) { bytes.withUnsafeBytes { output($0) } }
}
