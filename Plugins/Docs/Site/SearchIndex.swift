/// What the search of a site looks through: a script that sets one variable, so that it also works from a file.
struct SearchIndex: Sendable {
  private static let longestText = 20_000
  private static let mostBytes = 8 << 20

  private var lines: [String] = []
  private var bytes = 0

  /// Adds a place: its title, the page with an optional fragment, and what it says.
  mutating func add(_ title: String, at page: String, fragment: String? = nil, text: String) {
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let url = PageName.encoded(page) + (fragment.map { "#" + PageName.encoded($0) } ?? "")
    let parts = [String(title.prefix(300)), url, String(words.prefix(Self.longestText))]
    let line = "[" + parts.map(ScriptText.quoted).joined(separator: ",") + "]"
    if bytes + line.utf8.count > Self.mostBytes { return }
    bytes += line.utf8.count
    lines.append(line)
  }

  /// The script.
  var script: String { "window.searchEntries = [\n" + lines.joined(separator: ",\n") + "\n];\n" }
}

/// Texts as literals of JSON and of scripts.
enum ScriptText {
  /// A text in double quotes that is the same in JSON and in a script, and harmless if it ever stood in HTML.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case "<": quoted += "\\u003c"
      case _
      where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value):
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
