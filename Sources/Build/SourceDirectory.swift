import Foundation
import JourneymanBuildModel
import JourneymanCheckout
import JourneymanSandbox
import JourneymanSupport
import Synchronization

/// The directory that a build's repository is checked out into. It lives on, so that the next build of the repository
/// writes only what has changed.
final class SourceDirectory: Sendable {
  /// The directory, as the worker sees it.
  let path: String
  /// Whether another build may have left something in it.
  let isReused: Bool
  private let lock: ExclusiveDirectory?
  private let revision = Mutex<CheckedOutRevision?>(nil)

  /// Takes a directory for a build.
  ///
  /// - Throws: ``BuildError``, or `CheckoutError` for a URL that is refused.
  init(for url: String, _ request: BuildRequest) throws {
    guard let directory = request.sourcesDirectory else {
      (path, isReused, lock) = (request.stateDirectory + "/source", false, nil)
      return
    }
    let name = try Checkout.directoryName(for: url)
    do {
      let lock = try ExclusiveDirectory("source", in: directory + "/" + name)
      (path, isReused, self.lock) = (lock.path, true, lock)
      // A build without a sandbox may have put a link here.
      var status = stat()
      if lstat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR { try FileSystem.removeTree(path) }
    } catch {
      throw BuildError(.system, "the directory of the source could not be made: \(error)", underlying: error)
    }
  }

  /// Checks out, into an empty directory if what the last build left there cannot be cleared away bit by bit.
  ///
  /// - Throws: `CheckoutError`.
  func checkOut(
    _ request: CheckoutRequest, _ checkout: Checkout, credentials: CheckoutCredentials,
    progress: @escaping @Sendable (CheckoutEvent) -> Void
  ) async throws -> CheckedOutRevision {
    var request = request
    request.existing = isReused ? .reuse : .refuse
    let result: CheckedOutRevision
    do {
      result = try await checkout.checkOut(request, into: path, credentials: credentials, progress: progress)
    } catch let error as CheckoutError where isReused && error.isLackOfPermission {
      // An ordinary user's build may leave files of its other ids, which only a process with these ids can remove.
      try await Leftovers.remove(path)
      result = try await checkout.checkOut(request, into: path, credentials: credentials, progress: progress)
    }
    revision.withLock { $0 = result }
    return result
  }

  /// Lets the next build have the directory, and lets go of the mirrors, which it does not need until then.
  func release() {
    if let revision = revision.withLock({ $0 }), isReused { Checkout.release(revision, in: path) }
    lock?.release()
  }
}

extension CheckoutError {
  /// Whether the system refused this user something.
  fileprivate var isLackOfPermission: Bool {
    guard let error = underlying as? SystemError else { return false }
    return [EACCES, EPERM].contains(error.number)
  }
}
