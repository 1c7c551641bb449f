import Foundation
import JourneymanBuildModel
import JourneymanSandbox
import JourneymanSupport

/// What isolates the commands of one build, and where its directories are for them.
struct CommandRoom: Sendable {
  let runner: any CommandRunner
  /// The directory the build starts in.
  let source: String
  /// The directory of scripts and carried state.
  let scripts: String
  /// The home directory.
  let home: String
  /// The name of the user commands run as.
  let user: String
  /// Whether the source is a view of a user's directory that only the build itself can write to.
  let isView: Bool
  /// Who owns the build's files on disk, when that is not the worker's own user.
  let fileOwner: UInt32?
  /// What the log should say.
  let notices: [String]
  /// Opens a directory by the path that commands see.
  let openDirectory: @Sendable (String) async throws -> OwnedDescriptor

  /// Sets up what the settings ask for. Nothing less is ever taken silently.
  ///
  /// - Throws: `SandboxError` when the machine cannot do it.
  static func open(
    _ workspace: Workspace, _ host: StateDirectories, for session: BuildSession
  ) async throws -> CommandRoom {
    if workspace.kind == .view && session.request.settings.sandbox.mode == .strict {
      let directory = workspace.directory
      if try await runBlocking({ try TreeOwners.areSeveral(in: directory) }) {
        session.link.emit(
          .message(.info, "\(directory) holds files of several owners: the build gets a copy instead of an overlay"))
        return try await copied(workspace, host, session)
      }
    }
    do {
      return try await sandboxed(workspace, host, session.request)
    } catch let error as SandboxError where error.code == .unsupported && workspace.kind == .view {
      // An overlay cannot lie over every file system. Whatever else is missing will be missing for a copy too.
      return try await copied(workspace, host, session)
    }
  }

  private static func copied(
    _ workspace: Workspace, _ host: StateDirectories, _ session: BuildSession
  ) async throws -> CommandRoom {
    let copy = Workspace(
      directory: try await session.copy(workspace.directory), revision: workspace.revision, kind: .own)
    return try await sandboxed(copy, host, session.request)
  }

  private static func sandboxed(
    _ workspace: Workspace, _ host: StateDirectories, _ request: BuildRequest
  ) async throws -> CommandRoom {
    let paths = RoomPaths(workspace, host, request)
    let sandbox = try await Sandbox.start(paths.policy)
    var notices = sandbox.notices
    if request.settings.sandbox.mode == .off {
      notices.append("No sandbox: commands run with the rights of user \(NSUserName())")
    }
    return CommandRoom(
      runner: sandbox, source: sandbox.workspacePaths.first ?? paths.source, scripts: paths.scripts, home: paths.home,
      user: paths.isOwnRoot ? "root" : NSUserName(), isView: paths.isOwnRoot && workspace.kind == .view,
      fileOwner: sandbox.fileOwner, notices: notices,
      openDirectory: { try await sandbox.openDirectory($0) })
  }
}
