/// Text as one word of a POSIX shell.
enum ShellQuoting {
  /// The text in single quotes, so that nothing in it is special.
  static func literal(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  /// A command that prints the text with `$NAME`, `$(command)` and backquotes replaced by the shell and nothing else,
  /// and a newline behind it: a here-document, in which quotes are ordinary characters.
  static func printing(_ text: String) -> String {
    var delimiter = "END_OF_TEXT"
    while text.contains(delimiter) { delimiter += "_" }
    return "cat <<\(delimiter)\n\(text)\n\(delimiter)\n"
  }
}
