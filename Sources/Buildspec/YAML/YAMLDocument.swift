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
    let result = bytes.withUnsafeBufferPointer { buffer in
      Result { () throws(YAMLError) in
        var composer = YAMLComposer(events: try YAMLEvents(buffer), limits: limits)
        return (try composer.composeFirst(), composer.oddities)
      }
    }
    (root, oddities) = try result.get()
  }
}
