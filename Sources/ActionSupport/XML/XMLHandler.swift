/// Receives an XML document piece by piece, in document order.
///
/// Names come without their namespace prefix. An error that a method throws ends the reading and is thrown on.
public protocol XMLHandler: AnyObject {
  /// An element begins.
  func startElement(_ name: String, _ attributes: XMLAttributes) throws
  /// Text or CDATA, perhaps a part of it: UTF-8 that is valid only during the call. Entities of XML itself are resolved.
  func text(_ bytes: UnsafeBufferPointer<UInt8>) throws
  /// An element ends.
  func endElement(_ name: String) throws
}

/// The attributes of an element, by names without prefixes.
public struct XMLAttributes: Sendable {
  /// All of them, in the order of the document.
  public let items: [(name: String, value: String)]

  /// Takes attributes in the order of the document.
  public init(_ items: [(name: String, value: String)]) { self.items = items }

  /// The value of the first attribute of a name.
  public subscript(name: String) -> String? { items.first { $0.name == name }?.value }
}

/// What one document may take.
public struct XMLLimits: Sendable, Hashable {
  /// The most bytes.
  public var bytes: Int64 = 1 << 30
  /// The deepest nesting of elements; libxml2 itself stops at 256.
  public var depth = 128
  /// The most elements.
  public var elements = 50_000_000

  /// The default limits.
  public init() {}
}

/// What was forgiven in a document.
public struct XMLNotes: Sendable, Hashable {
  /// How many characters were dropped or replaced because XML forbids them, or the encoding is not the declared one.
  public var forbiddenCharacters = 0
}

/// A document that cannot be read.
public struct XMLStreamError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// It is no XML, or ends too early.
    public static let malformed = Code("malformed")
    /// It defines or uses entities of its own.
    public static let entity = Code("entity")
    /// It is larger or more deeply nested than allowed.
    public static let limit = Code("limit")
  }

  /// What kind of failure it was.
  public let code: Code
  /// What happened, with the line, for people.
  public let message: String

  /// Describes a failure.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
