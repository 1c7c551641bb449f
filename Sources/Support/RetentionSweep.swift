/// Which of the things that nobody uses go, when they are looked at with the least recently used first: what is too old,
/// and what is there while all together are too large.
public struct RetentionSweep: Sendable {
  /// Why something goes.
  public enum Reason: Sendable, Hashable {
    /// It was not used for too long.
    case age
    /// All together take too much.
    case size
  }

  private let oldest: Double?
  private let keepSize: Int64?
  private var total: Int64

  /// Begins a sweep.
  ///
  /// - Parameters:
  ///   - keepSeconds: for how long things are kept after their last use; `nil` is for ever.
  ///   - keepSize: how much all may take together, in bytes; `nil` is no bound.
  ///   - total: how much all take, in bytes.
  ///   - now: seconds since 1970.
  public init(keepSeconds: Double?, keepSize: Int64?, total: Int64, now: Double) {
    oldest = keepSeconds.map { now - $0 }
    self.keepSize = keepSize
    self.total = total
  }

  /// Whether something that was used last at a moment (seconds since 1970) goes, and why.
  public func reason(lastUse: Double) -> Reason? {
    if let oldest, lastUse < oldest { return .age }
    if let keepSize, total > keepSize { return .size }
    return nil
  }

  /// Something is gone that took so many bytes.
  public mutating func removed(_ size: Int64) { total -= size }
}
