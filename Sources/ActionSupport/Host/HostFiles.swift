internal import Foundation
public import JourneymanActionKit
internal import JourneymanSupport

/// File operations for plugins that work on the machine itself (``ActionContext/isHostGranted``), with the guarantees
/// that a change which must not be left half done needs. They block: call them within ``onOwnThread(_:)``.
public enum HostFiles {
  /// Runs blocking work on a thread of its own.
  ///
  /// - Throws: what the work throws. Cancelling the calling task does not interrupt it.
  public static func onOwnThread<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await runBlocking(work)
  }

  /// Moves a file, a symbolic link or an empty directory with everything that belongs to it, also to another file
  /// system. What stands there is replaced.
  ///
  /// - Throws: `PluginError`
  public static func move(_ source: String, to destination: String) throws(PluginError) {
    try wrapped { () throws(SystemError) in try FileSystem.move(source, to: destination) }
  }

  /// Renames within a file system; what stands there is never replaced.
  ///
  /// - Throws: `PluginError`
  public static func place(_ staged: String, at path: String) throws(PluginError) {
    try wrapped { () throws(SystemError) in try FileSystem.renameWithoutReplacing(staged, to: path) }
  }

  /// Replaces a file in one step, also with respect to a power cut.
  ///
  /// - Throws: `PluginError`
  public static func writeAtomically(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o644) throws(PluginError) {
    try wrapped { () throws(SystemError) in try FileSystem.writeAtomically(bytes, to: path, mode: mode) }
  }

  /// Makes a directory and those above it that are missing.
  ///
  /// - Throws: `PluginError`
  public static func makeDirectories(_ path: String, mode: UInt32 = 0o755) throws(PluginError) {
    try wrapped { () throws(SystemError) in try FileSystem.makeDirectories(path, mode: mode) }
  }

  /// Removes a file or a whole tree, whatever is in it; what is already gone is no error.
  ///
  /// - Throws: `PluginError`
  public static func removeTree(_ path: String) throws(PluginError) {
    try wrapped { () throws(SystemError) in try FileSystem.removeTree(path) }
  }

  /// Copies the content of an open file into another, the fastest way there is.
  ///
  /// - Throws: `PluginError`
  public static func copyContent(from source: Int32, to copy: Int32, name: String) throws(PluginError) {
    try wrapped { () throws(SystemError) in try FileSystem.copyContent(from: source, to: copy, name: name) }
  }

  /// Gives one open file or directory the owner, permission bits, access control lists and times of another.
  ///
  /// - Throws: `PluginError`
  public static func copyMetadata(from source: Int32, to copy: Int32, shown: String) throws(PluginError) {
    try wrapped { () throws(SystemError) in try FileSystem.copyMetadata(from: source, to: copy, shown: shown) }
  }

  /// Writes what the file system of a directory still holds in memory to its disk.
  ///
  /// - Throws: `PluginError`
  public static func flushFileSystem(of directory: String) throws(PluginError) {
    try wrapped { () throws(SystemError) in try FileSystem.flushFileSystem(of: directory) }
  }

  private static func wrapped(_ work: () throws(SystemError) -> Void) throws(PluginError) {
    do throws(SystemError) {
      try work()
    } catch {
      throw PluginError(.file, "\(error)", underlying: error)
    }
  }
}
