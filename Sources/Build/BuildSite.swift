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
  /// Opens a directory by the path that commands see.
  let openDirectory: @Sendable (_ path: String) throws -> OwnedDescriptor
}
