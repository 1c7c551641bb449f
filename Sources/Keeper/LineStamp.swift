internal import JourneymanSupport

/// The time before each line of `log.txt`: 24 characters and a space, made anew only when the millisecond changes.
struct LineStamp {
  private(set) var bytes: [UInt8] = []
  private var millisecond: Int64?

  /// The stamp for a moment.
  mutating func update(to time: Timestamp) {
    let (current, _) = time.microseconds.quotientAndRemainder(dividingBy: 1000)
    if current == millisecond { return }
    millisecond = current
    bytes = Array(time.description.utf8) + [32]
  }
}
