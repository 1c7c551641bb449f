/// Numbers as test tools write them.
enum ReportNumbers {
  /// Seconds: `1.5`, `1,234.5`, `0,5`; `nil` for what is no time.
  static func seconds(_ text: String?) -> Double? {
    guard var text = text?.split(separator: " ").first.map(String.init), text.utf8.count < 40 else { return nil }
    if text.contains(",") {
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      let isDecimal = !text.contains(".") && parts.count == 2 && (parts[1].count != 3 || parts[0] == "0")
      text.replace(",", with: isDecimal ? "." : "")
    }
    return bounded(Double(text))
  }

  /// A time span of .NET: `hh:mm:ss.fffffff`, perhaps with days and a dot before.
  static func timeSpan(_ text: String?) -> Double? {
    guard let text, text.utf8.count < 40 else { return nil }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let minutes = Double(parts[1]), let seconds = Double(parts[2]) else { return nil }
    let head = parts[0].split(separator: ".")
    guard let hours = head.last.flatMap({ Double($0) }) else { return nil }
    let days = head.count == 2 ? Double(head[0]) ?? 0 : 0
    return bounded(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
  }

  /// A time that can be: nothing negative, nothing beyond thirty years.
  static func bounded(_ seconds: Double?) -> Double? {
    guard let seconds, seconds >= 0, seconds < 1e9 else { return nil }
    return seconds
  }

  /// A count: whole, not negative, not beyond what can be added up.
  static func count(_ text: String?) -> Int? {
    guard let text, let number = Int(text), (0...1_000_000_000).contains(number) else { return nil }
    return number
  }
}
