/// Bytes that are no Java object stream, or one that this module does not take.
public struct JavaStreamError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// The bytes break the grammar of the protocol, or end too early.
    public static let malformed = Code("malformed")
    /// The stream is larger or deeper than ``JavaStreamLimits`` allow.
    public static let tooLarge = Code("tooLarge")
    /// What is written does not fit the layout of its class.
    public static let mismatch = Code("mismatch")
  }

  /// What kind of failure it was.
  public let code: Code
  /// What happened, for people. It never holds content of the stream except names of classes and fields.
  public let message: String

  /// Describes a failure.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
