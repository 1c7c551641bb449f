/// What a command or a server said, for people.
enum StepOutput {
  /// How much of one answer is shown: its beginning and its end.
  private static let mostLines = 500

  /// The lines that say something, without what a terminal would obey.
  static func lines(_ bytes: [UInt8]) -> [String] {
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    if lines.count <= mostLines { return lines.map(clean) }
    let left = lines.count - mostLines
    return lines.prefix(mostLines / 2).map(clean) + ["… \(left) lines are left out …"]
      + lines.suffix(mostLines / 2).map(clean)
  }

  /// The sentence of a failed step: its last line.
  static func message(_ lines: [String], _ step: ReleaseStep, status: Int32) -> String {
    lines.last ?? "the step '\(step.rawValue)' ended with status \(status)"
  }

  private static func clean(_ line: Substring) -> String {
    String(String.UnicodeScalarView(line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(2_000)))
  }
}
