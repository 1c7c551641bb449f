import JourneymanCheckout
import JourneymanSupport
import Synchronization

/// How long a checkout was in its stages `write` and `record`.
final class WriteClock: Sendable {
  private let moments = Mutex<[CheckoutStage: ContinuousClock.Instant]>([:])

  @Sendable func note(_ event: CheckoutEvent) {
    guard case .stage(let stage, _) = event else { return }
    moments.withLock { $0[stage] = ContinuousClock.now }
  }

  /// Seconds from the beginning of writing files to the beginning of recording them.
  var seconds: Double? {
    moments.withLock { moments in
      guard let write = moments[.write], let record = moments[.record] else { return nil }
      return (record - write).seconds
    }
  }
}
