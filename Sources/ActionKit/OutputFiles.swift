internal import Foundation
internal import JourneymanSupport

/// A private directory in which an action leaves what it makes. Only the action and its own processes write there.
public struct OutputFiles: Sendable {
  /// The directory's absolute path for this process.
  public let path: String

  /// Names a directory that exists.
  public init(path: String) { self.path = path }

  /// The absolute path of a file in the directory.
  ///
  /// - Parameter file: a relative path without `..`.
  /// - Throws: ``PluginError`` when it would lead out.
  public func path(of file: String) throws(PluginError) -> String {
    let parts = file.split(separator: "/", omittingEmptySubsequences: false)
    if file.isEmpty || file.hasPrefix("/") || file.utf8.contains(0) || parts.contains("..") {
      throw PluginError(.file, "'\(file.prefix(200))' is no relative path within the output directory")
    }
    return path + "/" + file
  }

  /// Writes a file, and makes the directories above it.
  ///
  /// - Throws: ``PluginError``
  public func write(_ bytes: [UInt8], to file: String) async throws {
    let full = try path(of: file)
    try await runBlocking {
      do throws(SystemError) {
        try FileSystem.makeDirectories(PathName.directory(of: full))
        try FileSystem.writeAtomically(bytes, to: full)
      } catch {
        throw PluginError(.file, "\(error)", underlying: error)
      }
    }
  }

  /// Writes a text file.
  ///
  /// - Throws: ``PluginError``
  public func write(_ text: String, to file: String) async throws { try await write(Array(text.utf8), to: file) }

  /// Copies a file of the workspace, or any other open one, into the directory.
  ///
  /// - Throws: ``PluginError``
  public func copy(_ source: ActionFile, to file: String) async throws {
    let full = try path(of: file)
    try await runBlocking {
      do throws(SystemError) {
        try FileSystem.makeDirectories(PathName.directory(of: full))
        let copy = try FileSystem.open(
          full, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: source.isExecutable ? 0o755 : 0o644)
        try FileSystem.copyContent(from: source.descriptor, to: copy.number, name: source.path)
      } catch {
        throw PluginError(.file, "\(error)", underlying: error)
      }
    }
  }
}
