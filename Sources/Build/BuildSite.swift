import Foundation
import JourneymanSandbox
import JourneymanSupport

/// Where the commands of one build run, and how the worker reaches the files they leave.
struct BuildSite: Sendable {
  /// Runs the commands.
  let runner: any CommandRunner
  /// Runs command texts through the build's shell.
  let executor: CommandExecutor
  /// The directory the build starts in, as its commands see it.
  let sourceDirectory: String
  /// The build's home directory, as its commands see it.
  let home: String
  /// The name of the user the build runs as, as its commands see it.
  let user: String
  /// The build's directories on this machine.
  let host: StateDirectories
  /// Whether the source is a view of a user's directory that only the build itself can write to.
  let isView: Bool
  /// Who owns the build's files on disk, when that is not the worker's own user.
  let fileOwner: UInt32?
  /// Opens a directory by the path that commands see.
  let openDirectory: @Sendable (_ path: String) async throws -> OwnedDescriptor

  /// Opens a directory by the path that commands see, to be shared.
  func open(_ path: String) async throws -> OpenDirectory { OpenDirectory(try await openDirectory(path)) }
}

/// An open directory that several hold.
final class OpenDirectory: Sendable {
  /// The descriptor, which lives as long as this object.
  let descriptor: OwnedDescriptor

  init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
}
