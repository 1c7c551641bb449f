/// One recipient stanza of a header: the file key, wrapped for somebody.
struct Stanza: Equatable {
  /// The type, then the type's own arguments; never empty.
  var arguments: [String]
  /// The wrapped key.
  var body: [UInt8]

  /// The stanza's kind, such as `X25519`.
  var type: String { arguments.first ?? "" }

  /// The stanza as it stands in a header, last line feed included.
  var encoded: String {
    let body = Array(CanonicalBase64.encode(body))
    var text = "-> " + arguments.joined(separator: " ") + "\n"
    // A body ends with a line of fewer than 64 columns, so a full last line is followed by an empty one.
    for start in stride(from: 0, through: body.count, by: Self.columns) {
      text += String(body[start..<min(start + Self.columns, body.count)]) + "\n"
    }
    return text
  }

  /// Columns of a full line of a body.
  static let columns = 64
}
