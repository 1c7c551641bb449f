/// Cobertura (`coverage`): `class@filename/lines/line`. The rates of the root are often wrong, so lines are counted; a
/// file may be repeated, as may a line in `methods`.
final class CoberturaReader: XMLFormatReader {
  private var sources: [String] = []
  private var file: String?

  override func start(_ name: String, _ attributes: XMLAttributes) throws {
    switch name {
    case "source": capture()
    case "class":
      file = attributes["filename"].map(resolve)
      collector.state(file)
    case "line":
      guard let file, let number = ReportNumbers.count(attributes["number"]) else { return }
      var line = ReportCoverage.Line(isCovered: (attributes["hits"].flatMap { Double($0) } ?? 0) > 0)
      if let counts = attributes["condition-coverage"].flatMap(Self.conditions) {
        line.coveredBranches = counts.covered
        line.branches = counts.total
      }
      try collector.cover(file, line: number, line)
    default: break
    }
  }

  override func end(_ name: String, _ text: String?) throws {
    if name == "source", let text, !text.isEmpty { sources.append(text) }
    if name == "class" { file = nil }
  }

  /// With one source directory it is clear where a file lies.
  private func resolve(_ name: String) -> String {
    guard sources.count == 1, let source = sources.first, source != ".", !name.hasPrefix("/") else { return name }
    return source.hasSuffix("/") ? source + name : source + "/" + name
  }

  /// The numbers of `50% (1/2)`.
  private static func conditions(_ text: String) -> (covered: Int32, total: Int32)? {
    guard let open = text.firstIndex(of: "(") else { return nil }
    let parts = text[text.index(after: open)...].prefix { $0 != ")" }.split(separator: "/")
    guard parts.count == 2, let covered = Int32(parts[0]), let total = Int32(parts[1]),
      covered >= 0, covered <= total, total < 1_000_000
    else { return nil }
    return (covered, total)
  }
}
