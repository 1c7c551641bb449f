/// Variables in a file, one `NAME=VALUE` per line, as Docker and CodeBuild's local agent read them.
public enum EnvironmentFile {
  /// The largest file that is read, in bytes.
  public static let limit = 1 << 20

  /// A line that is no assignment.
  public struct LineError: Error, Sendable, CustomStringConvertible {
    let file: String
    let line: Int

    /// `FILE:LINE: …`
    public var description: String { "\(file):\(line): this is not a line of the form NAME=VALUE" }
  }

  /// Reads a file. Empty lines and lines that begin with `#` are skipped; quotes belong to the value.
  ///
  /// - Throws: ``SystemError``, or ``LineError`` without the line's text, which may be a secret.
  public static func read(_ path: String) throws -> [String: String] {
    let text = String(decoding: try FileSystem.read(path, limit: limit), as: UTF8.self)
    var variables: [String: String] = [:]
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      if line.isEmpty || line.hasPrefix("#") { continue }
      guard let border = line.firstIndex(of: "="), border != line.startIndex else {
        throw LineError(file: path, line: index + 1)
      }
      variables[String(line[..<border])] = String(line[line.index(after: border)...])
    }
    return variables
  }
}
