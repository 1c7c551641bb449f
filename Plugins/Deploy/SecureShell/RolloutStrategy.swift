import JourneymanActionKit

/// How many machines change at a time.
enum RolloutStrategy: Sendable, Hashable {
  /// One after the other.
  case serial
  /// All at once.
  case parallel
  /// At most this share of all, in percent, but at least one.
  case percentage(Int)
  /// So many.
  case count(Int)

  /// Reads `serial`, `parallel`, `25%` or `3`.
  ///
  /// - Throws: `PluginConfigurationError`
  init(_ text: String) throws(PluginConfigurationError) {
    switch text {
    case "serial": self = .serial
    case "parallel": self = .parallel
    default:
      let isShare = text.hasSuffix("%")
      guard let number = Int(isShare ? text.dropLast() : text[...]), number >= 1, !isShare || number <= 100 else {
        throw PluginConfigurationError("strategy", "must be serial, parallel, a share such as 25%, or a number")
      }
      self = isShare ? .percentage(number) : .count(number)
    }
  }

  /// The machines in the groups that change together, in their order.
  func waves<Host>(of hosts: [Host]) -> [[Host]] {
    let size =
      switch self {
      case .serial: 1
      case .parallel: hosts.count
      case .percentage(let share): max(1, hosts.count * share / 100)
      case .count(let count): count
      }
    return stride(from: 0, to: hosts.count, by: max(1, size)).map { Array(hosts[$0...].prefix(size)) }
  }
}
