/// Text set in a column of fixed width.
enum TextWrapping {
  /// The width of every help text. Fixed, so that help is the same on each terminal, in a pipe and in the README.
  static let width = 80

  /// Breaks paragraphs (separated by empty lines) at spaces, not at no-break spaces. A line that starts with a space is kept as it is.
  ///
  /// - Parameters:
  ///   - indent: spaces before each line.
  ///   - firstIndent: spaces before the first line, when it differs.
  static func wrap(_ text: String, indent: Int, firstIndent: Int? = nil) -> String {
    var lines: [String] = []
    for paragraph in text.split(separator: "\n\n") {
      if !lines.isEmpty { lines.append("") }
      if paragraph.hasPrefix(" ") {
        lines += paragraph.split(separator: "\n").map { spaces(indent) + $0 }
        continue
      }
      var line = ""
      for word in paragraph.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
        let margin = lines.isEmpty ? firstIndent ?? indent : indent
        if line.isEmpty {
          line = spaces(margin) + word
        } else if line.count + 1 + word.count > width {
          lines.append(line)
          line = spaces(indent) + word
        } else {
          line += " " + word
        }
      }
      lines.append(line)
    }
    return lines.joined(separator: "\n")
  }

  /// A list of terms with their descriptions beside them; a term too wide for its column has a line of its own.
  static func table(_ rows: [(term: String, description: String)]) -> String {
    let column = min(26, (rows.map(\.term.count).max() ?? 0) + 4)
    return rows.map { row in
      let body = wrap(row.description, indent: column)
      let term = "  " + row.term
      if term.count + 2 > column { return term + "\n" + body }
      return term + spaces(column - term.count) + body.dropFirst(column)
    }.joined(separator: "\n")
  }

  static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}
