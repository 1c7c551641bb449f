/// Durations as people write them on the command line, in agent.conf and in buildspecs.
extension Duration {
  /// Reads `90`, `90s`, `15m`, `2h`, `1d`, `250ms` or a sum such as `1h30m`; a bare number is seconds.
  ///
  /// - Returns: `nil` when the text is empty, negative, has an unknown unit or overflows.
  public init?(humanReadable text: String) {
    if let seconds = Int64(text), seconds >= 0, seconds <= Self.longestSeconds {
      self = .seconds(seconds)
      return
    }
    var rest = text[...]
    var total = 0.0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest.dropFirst(unit.count)
      guard let number = Double(digits), let factor = Self.secondsPerUnit[String(unit)] else { return nil }
      total += number * factor
    }
    if text.isEmpty || total > Double(Self.longestSeconds) { return nil }
    self = .milliseconds(Int64((total * 1000).rounded()))
  }

  /// The length in seconds, fractions included.
  public var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }

  /// The length for people: `0.4s`, `12.3s`, `1m30s`, `2h5m`.
  public var humanReadable: String {
    let tenths = Int((seconds * 10).rounded())
    if tenths < 600 { return "\(tenths / 10).\(tenths % 10)s" }
    let whole = tenths / 10
    return whole < 3600 ? "\(whole / 60)m\(whole % 60)s" : "\(whole / 3600)h\(whole / 60 % 60)m"
  }

  /// A number of seconds for people, also one that makes no sense: negative ones are 0, and there is a longest.
  public static func humanReadable(seconds: Double) -> String {
    Duration.seconds(seconds.isNaN ? 0 : min(max(0, seconds), Double(longestSeconds))).humanReadable
  }

  private static let longestSeconds: Int64 = 10 * 365 * 86_400
  private static let secondsPerUnit: [String: Double] = ["ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400]
}
