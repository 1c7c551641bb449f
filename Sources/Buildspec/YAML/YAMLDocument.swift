/// The first document of a YAML text, and what is odd about it.
public struct YAMLDocument: Sendable, Equatable {
  /// Something that is allowed but rarely meant.
  public struct Oddity: Sendable, Equatable {
    /// What kind of oddity.
    public enum Kind: Sendable, Equatable {
      /// A key that a mapping has more than once; the last value counts.
      case duplicateKey(String, firstLine: Int)
      /// Text after the first document, which is left out.
      case furtherDocument
    }

    /// What it is.
    public var kind: Kind
    /// Where it is.
    public var mark: YAMLMark

    /// Describes an oddity.
    public init(kind: Kind, mark: YAMLMark) {
      self.kind = kind
      self.mark = mark
    }
  }

  /// The document, or `nil` if the text has none.
  public var root: YAMLNode?
  /// What is odd about it, in the file's order.
  public var oddities: [Oddity]

  /// Reads a text: UTF-8, or UTF-16 with a byte order mark.
  ///
  /// - Throws: ``YAMLError`` in libyaml's words, or when a limit is exceeded.
  public init(_ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) throws(YAMLError) {
    if bytes.count > limits.bytes {
      throw YAMLError(
        "the text has \(bytes.count) bytes, more than the \(limits.bytes) that are read",
        at: YAMLMark(line: 1, column: 1))
    }
    if Self.countTagDirectives(bytes) > YAMLLimits.tagDirectives {
      throw YAMLError(
        "the text has more than \(YAMLLimits.tagDirectives) %TAG directives", at: YAMLMark(line: 1, column: 1))
    }
    let result = bytes.withUnsafeBufferPointer { buffer in
      Result { () throws(YAMLError) in
        var composer = YAMLComposer(events: try YAMLEvents(buffer), limits: limits)
        return (try composer.composeFirst(), composer.oddities)
      }
    }
    (root, oddities) = try result.get()
  }

  /// Counts what could be a `%TAG` directive in any encoding: NUL bytes, half of each UTF-16 character, do not matter.
  private static func countTagDirectives(_ bytes: [UInt8]) -> Int {
    let directive = Array("%TAG".utf8)
    var matched = 0
    var count = 0
    for byte in bytes where byte != 0 {
      if matched == directive.count {
        if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { count += 1 }
        matched = 0
      }
      matched = byte == directive[matched] ? matched + 1 : byte == directive[0] ? 1 : 0
    }
    return count
  }
}
