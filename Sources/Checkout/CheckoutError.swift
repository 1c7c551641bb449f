internal import JourneymanSupport

/// A checkout that did not come about.
public struct CheckoutError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    /// The code's name, for machines.
    public let name: String
    private init(_ name: String) { self.name = name }

    /// The URL, the reference or something inside the repository is not acceptable; trying again cannot help.
    public static let refused = Code("refused")
    /// The server has no such branch, tag or commit.
    public static let referenceNotFound = Code("referenceNotFound")
    /// There is no repository at the URL, or nobody may know that there is one.
    public static let repositoryNotFound = Code("repositoryNotFound")
    /// The server wants a credential it was not given, or refused the one it was given.
    public static let authentication = Code("authentication")
    /// The server's certificate or host key is not the expected one.
    public static let untrustedHost = Code("untrustedHost")
    /// The connection failed, broke off or stood still.
    public static let network = Code("network")
    /// A file could not be read or written on this machine.
    public static let storage = Code("storage")
    /// The objects of a mirror or a source are damaged.
    public static let corrupt = Code("corrupt")
    /// The workspace directory is in use for something else.
    public static let directoryInUse = Code("directoryInUse")
    /// A file's content could not be fetched from the Git LFS server.
    public static let largeFile = Code("largeFile")
    /// The caller cancelled.
    public static let cancelled = Code("cancelled")
    /// libgit2 reported something else.
    public static let git = Code("git")
  }

  /// What kind of failure it was.
  public let code: Code
  /// What happened and what to do next, for people. Never holds a credential.
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

  static let cancelled = CheckoutError(.cancelled, "the checkout was cancelled")
}

extension CheckoutError {
  /// Any error of a checkout as one of ours.
  static func describing(_ error: any Error, cancellation: Cancellation) -> CheckoutError {
    if cancellation.isCancelled { return .cancelled }
    switch error {
    case let error as CheckoutError: return error
    case let error as SystemError:
      return CheckoutError(.storage, "the checkout failed: \(error)", underlying: error)
    default: return CheckoutError(.git, "the checkout failed: \(error)", underlying: error)
    }
  }
}
