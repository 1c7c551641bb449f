/// A key, an envelope or a signature that could not be made, read or trusted.
public struct SealingError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private let name: String
    private init(_ name: String) { self.name = name }
    /// The code's name.
    public var description: String { name }

    /// The file does not begin as an age file.
    public static let notAnEnvelope = Code("notAnEnvelope")
    /// The file says it is of another version of the age format.
    public static let unsupportedVersion = Code("unsupportedVersion")
    /// The header breaks the grammar of the age format, or ends too early.
    public static let malformedHeader = Code("malformedHeader")
    /// A recipient stanza of a known type breaks the rules of its type.
    public static let malformedStanza = Code("malformedStanza")
    /// A passphrase stanza asks for more work than is allowed.
    public static let excessiveWork = Code("excessiveWork")
    /// A passphrase stanza stands beside other stanzas.
    public static let mixedStanzas = Code("mixedStanzas")
    /// Two stanzas share a key or contradict each other.
    public static let conflictingStanzas = Code("conflictingStanzas")
    /// The header was changed after it was made.
    public static let wrongHeaderMAC = Code("wrongHeaderMAC")
    /// No key at hand opens the envelope.
    public static let noMatchingKey = Code("noMatchingKey")
    /// The ASCII armor breaks its strict grammar.
    public static let malformedArmor = Code("malformedArmor")
    /// The payload ends before its final chunk.
    public static let truncated = Code("truncated")
    /// A chunk of the payload does not authenticate.
    public static let damaged = Code("damaged")
    /// Something follows the final chunk of the payload.
    public static let trailingData = Code("trailingData")
    /// A text is not a recipient that can be sealed to.
    public static let malformedRecipient = Code("malformedRecipient")
    /// A text or file is not an identity.
    public static let malformedIdentity = Code("malformedIdentity")
    /// A text or file is not an Ed25519 key.
    public static let malformedKey = Code("malformedKey")
    /// A passphrase is missing or empty.
    public static let missingPassphrase = Code("missingPassphrase")
    /// A key file can be read or changed by others.
    public static let exposedKey = Code("exposedKey")
    /// The file to make is there already.
    public static let exists = Code("exists")
    /// There is no directory to keep keys in.
    public static let noHome = Code("noHome")
    /// A system call failed.
    public static let system = Code("system")
    /// The cryptographic library refused a call.
    public static let cryptography = Code("cryptography")
  }

  /// What kind of failure it was.
  public let code: Code
  /// What happened and what to do next, for people. Never holds a key or a passphrase.
  public let message: String
  /// The error beneath, if there is one.
  public let underlying: (any Error)?

  /// Describes a failure.
  public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.underlying = underlying
  }

  /// The message.
  public var description: String { message }
}
