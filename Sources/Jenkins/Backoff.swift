/// How long to wait before connecting again: full jitter, a random time up to a bound that doubles with each failure.
public struct Backoff: Sendable, Hashable {
  /// The bound after the first failure.
  public var first: Duration
  /// The bound that is never exceeded.
  public var longest: Duration

  /// Sets the bounds.
  public init(first: Duration = .seconds(2), longest: Duration = .seconds(60)) {
    self.first = first
    self.longest = longest
  }

  /// The bound after so many failures in a row.
  func bound(after failures: Int) -> Duration { min(longest, first * (1 << min(failures, 20))) }

  /// A random time from zero to the bound.
  func pause(after failures: Int) -> Duration { bound(after: failures) * Double.random(in: 0...1) }
}
