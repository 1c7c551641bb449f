import Foundation
import JourneymanBuildModel
import JourneymanSupport

/// The directories of one build that its commands write to, as the worker sees them.
final class StateDirectories: Sendable {
  /// The scripts and the state carried between commands.
  let scripts: String
  /// The build's home directory.
  let home: String
  /// Restored cache files on their way into a workspace that only the build itself can write to.
  let cache: String
  /// Held while this build uses the project's home, which one build at a time has.
  private let homeLock: HomeLock?

  private init(scripts: String, home: String, cache: String, homeLock: HomeLock?) {
    self.scripts = scripts
    self.home = home
    self.cache = cache
    self.homeLock = homeLock
  }

  /// Makes the directories, and the files that commands share with the worker, so that a sandbox gives them to the
  /// build's user when it starts.
  ///
  /// - Parameter isShared: whether commands run as several users of the build (`run-as`), who all carry its state on.
  /// - Throws: ``BuildError``.
  static func prepare(_ request: BuildRequest, isShared: Bool) async throws -> StateDirectories {
    do {
      let state = request.stateDirectory
      let lock = request.settings.sandbox.home == .project ? try HomeLock(request.cacheDirectory) : nil
      let own = StateDirectories(
        scripts: state + "/scripts", home: lock?.home ?? state + "/home", cache: state + "/cache", homeLock: lock)
      for directory in [own.scripts, own.home, own.cache] { try FileSystem.makeDirectories(directory, mode: 0o700) }
      for name in ShellState.files {
        let file = try FileSystem.open(own.scripts + "/" + name, flags: O_WRONLY | O_CREAT)
        if isShared { try retryingInterrupts("share \(name)") { fchmod(file.number, 0o666) } }
      }
      if isShared { try retryingInterrupts("share \(own.scripts)") { chmod(own.scripts, 0o711) } }
      return own
    } catch {
      throw BuildError(.system, "the build's directories could not be made: \(error)", underlying: error)
    }
  }

  /// Lets the next build of the project have its home.
  func release() { homeLock?.release() }
}

/// The home directory of a project, for one build at a time: a second one would meet half-written files of the first.
private final class HomeLock: Sendable {
  let home: String
  private let descriptor: OwnedDescriptor

  /// Takes the first home of the project that no other build uses: `home`, `home-2`, …
  init(_ projectDirectory: String) throws(SystemError) {
    try FileSystem.makeDirectories(projectDirectory, mode: 0o700)
    var number = 1
    while true {
      let home = projectDirectory + "/home" + (number == 1 ? "" : "-\(number)")
      let lock = try FileSystem.open(home + ".lock", flags: O_RDWR | O_CREAT, mode: 0o600)
      if flock(lock.number, LOCK_EX | LOCK_NB) == 0 {
        self.home = home
        descriptor = lock
        return
      }
      number += 1
    }
  }

  func release() { flock(descriptor.number, LOCK_UN) }
}
