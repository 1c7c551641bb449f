/// Artifacts that could not be collected, packaged or unpacked.
public struct ArtifactError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// No file matches any of the patterns.
    public static let noMatchingFiles = Code("noMatchingFiles")
    /// No directory matches `base-directory`.
    public static let noMatchingBaseDirectory = Code("noMatchingBaseDirectory")
    /// A pattern is too complex or leads out of the workspace.
    public static let invalidPattern = Code("invalidPattern")
    /// There are more files, or longer paths, than the limits allow.
    public static let limitExceeded = Code("limitExceeded")
    /// A file could not be read, or changed while it was read.
    public static let unreadable = Code("unreadable")
    /// The archive or folder could not be written.
    public static let unwritable = Code("unwritable")
    /// An archive is damaged or holds what must not be unpacked.
    public static let malformedArchive = Code("malformedArchive")
    /// The caller asked to stop.
    public static let cancelled = Code("cancelled")
  }

  /// What kind of failure it was.
  public let code: Code
  /// What happened, to which file, and what to do next, for people.
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

  /// The status code of the phase context that reports this error, in the words of the buildspec reference.
  public var statusCode: String { "CLIENT_ERROR" }
}
