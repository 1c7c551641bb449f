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
  private let homeLock: ExclusiveDirectory?

  private init(scripts: String, home: String, cache: String, homeLock: ExclusiveDirectory?) {
    self.scripts = scripts
    self.home = home
    self.cache = cache
    self.homeLock = homeLock
  }

  /// Makes the directories, and the files that commands share with the worker, so that a sandbox gives them to the
  /// build's user when it starts.
  ///
  /// - Parameters:
  ///   - scripts: the directory of the scripts with its files, when somebody else has made it.
  ///   - isShared: whether commands run as several users of the build (`run-as`), who all carry its state on.
  /// - Throws: ``BuildError``.
  static func prepare(
    _ request: BuildRequest, scripts: String?, isShared: Bool
  ) async throws -> StateDirectories {
    do {
      let state = request.stateDirectory
      let lock =
        request.settings.sandbox.home == .project
        ? try ExclusiveDirectory("home", in: request.cacheDirectory) : nil
      let own = StateDirectories(
        scripts: scripts ?? state + "/scripts", home: lock?.path ?? state + "/home", cache: state + "/cache",
        homeLock: lock)
      for directory in (scripts == nil ? [own.scripts] : []) + [own.home, own.cache] {
        try FileSystem.makeDirectories(directory, mode: 0o700)
      }
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
