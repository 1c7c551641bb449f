import Synchronization

/// Whether and why a build is being ended before its time. The first reason stands.
final class BuildEnding: Sendable {
  /// Why a build ends early.
  enum Reason: Sendable, Equatable {
    /// Somebody stopped it.
    case stop
    /// Its time is up.
    case timeOut
    /// It has exceeded a limit; the sentence says which.
    case limit(String)
  }

  private let state = Mutex<Reason?>(nil)

  /// The reason, once there is one.
  var reason: Reason? { state.withLock { $0 } }

  /// Gives the reason.
  func begin(_ reason: Reason) { state.withLock { $0 = $0 ?? reason } }
}
