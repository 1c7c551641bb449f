public import JourneymanTransport

/// When and how often an upload is tried again, as a value.
///
/// The waiting time has full jitter: any time from nothing to a bound that doubles with each attempt, so that agents
/// that failed together do not come back together
/// (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
public struct RetryPolicy: Sendable, Hashable {
  /// Why an attempt failed.
  public enum Cause: Sendable, Hashable {
    /// The server answered with this status, and said how long to wait.
    case status(Int, retryAfter: Duration?)
    /// There was no answer.
    case transport(TransportError.Code)
    /// The server accepted the file and does not have it whole.
    case incomplete
  }

  /// What follows from a failed attempt.
  public enum Decision: Sendable, Hashable {
    /// Trying again would not help, or was done often enough.
    case giveUp
    /// Try again after a time chosen evenly from this range.
    case retry(within: ClosedRange<Duration>)
  }

  /// How often an upload is tried in all.
  public var attempts = 6
  /// The bound of the first waiting time.
  public var base = Duration.milliseconds(500)
  /// The largest bound of a waiting time.
  public var cap = Duration.seconds(30)
  /// The longest time that a server may ask to wait; longer, and the upload fails.
  public var longestRetryAfter = Duration.seconds(300)

  /// The usual policy.
  public init() {}

  /// What to do after an attempt failed.
  ///
  /// - Parameter attempt: the number of attempts made so far; the first is 1.
  public func decision(after cause: Cause, attempt: Int) -> Decision {
    if attempt >= attempts || !Self.isTemporary(cause) { return .giveUp }
    let bound = min(cap, base * (1 << min(attempt - 1, 20)))
    if case .status(_, let wait?) = cause {
      return wait > longestRetryAfter ? .giveUp : .retry(within: wait...(wait + bound))
    }
    return .retry(within: .zero...bound)
  }

  /// Server errors, too many requests and lost connections pass; what the client did wrong does not.
  public static func isTemporary(_ cause: Cause) -> Bool {
    switch cause {
    case .status(let status, _): status == 429 || (500..<600).contains(status)
    case .transport(let code):
      [.cannotResolve, .cannotConnect, .connectionLost, .stalled, .timedOut].contains(code)
    case .incomplete: true
    }
  }
}
