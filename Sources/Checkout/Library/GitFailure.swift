internal import CGit2

/// What libgit2 said about a call that failed.
struct GitFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// The call's result, such as `GIT_ENOTFOUND`.
  let status: Int32
  /// The part of libgit2 it comes from, such as `GIT_ERROR_NET`.
  let category: UInt32
  /// libgit2's sentence, without credentials.
  let message: String

  var description: String { message }

  /// Reads the calling thread's error. Must come directly after the call that failed: the state is thread-local, and
  /// the next call may overwrite it.
  init(status: Int32) {
    self.status = status
    guard let last = git_error_last() else {
      category = 0
      message = "libgit2 status \(status)"
      return
    }
    category = UInt32(bitPattern: last.pointee.klass)
    message = Redaction.withoutCredentials(last.pointee.message.map { String(cString: $0) } ?? "status \(status)")
  }

  /// The kind of error it is for our callers.
  var code: CheckoutError.Code {
    switch status {
    case GIT_EAUTH.rawValue: return .authentication
    case GIT_ECERTIFICATE.rawValue: return .untrustedHost
    case GIT_EMISMATCH.rawValue: return .corrupt
    case GIT_EOWNER.rawValue: return .refused
    default: break
    }
    switch category {
    case GIT_ERROR_NET.rawValue, GIT_ERROR_HTTP.rawValue, GIT_ERROR_SSH.rawValue: return .network
    case GIT_ERROR_SSL.rawValue: return .untrustedHost
    case GIT_ERROR_OS.rawValue, GIT_ERROR_FILESYSTEM.rawValue, GIT_ERROR_NOMEMORY.rawValue: return .storage
    case GIT_ERROR_ODB.rawValue, GIT_ERROR_ZLIB.rawValue, GIT_ERROR_INDEXER.rawValue, GIT_ERROR_OBJECT.rawValue,
      GIT_ERROR_TREE.rawValue:
      return .corrupt
    default: return .git
    }
  }
}

/// Runs one libgit2 call and turns a negative result into an error, read at once and on the same thread.
///
/// - Parameter attempt: what is attempted, as in "cannot \(attempt)".
@discardableResult
func git(_ attempt: @autoclosure () -> String, _ call: () -> Int32) throws(CheckoutError) -> Int32 {
  let status = call()
  if status >= 0 { return status }
  let failure = GitFailure(status: status)
  throw CheckoutError(failure.code, "cannot \(attempt()): \(failure.message)", underlying: failure)
}

/// Runs a libgit2 call that makes an object.
func gitMake(
  _ attempt: @autoclosure () -> String, _ call: (UnsafeMutablePointer<OpaquePointer?>) -> Int32
) throws(CheckoutError) -> OpaquePointer {
  var pointer: OpaquePointer?
  let status = call(&pointer)
  if status >= 0, let pointer { return pointer }
  let failure = GitFailure(status: status)
  throw CheckoutError(failure.code, "cannot \(attempt()): \(failure.message)", underlying: failure)
}
