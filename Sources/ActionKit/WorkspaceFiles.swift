internal import Foundation
internal import JourneymanSupport

/// The files of a directory that a build may still write to: whatever lies there, no path and no link leads out of it.
///
/// Paths are relative to the directory. To change something in the workspace, run a process in the build.
public struct WorkspaceFiles: Sendable {
  /// Where the build's own processes see the directory.
  public let path: String

  private let root: Root
  /// Why there are no files, for a guest that did not ask for a copy.
  private let refusal: String?

  /// Keeps the directory open.
  private final class Root: Sendable {
    let number: Int32
    private let descriptor: OwnedDescriptor?

    init(_ descriptor: consuming OwnedDescriptor) {
      number = descriptor.number
      self.descriptor = consume descriptor
    }

    /// None.
    init() {
      number = -1
      descriptor = nil
    }
  }

  /// Takes an open directory over.
  ///
  /// - Parameters:
  ///   - descriptor: the number of an open directory that nobody else closes.
  ///   - path: where the build's processes see it.
  public init(takingDirectory descriptor: Int32, path: String) {
    root = Root(OwnedDescriptor(taking: descriptor))
    self.path = path
    refusal = nil
  }

  /// Opens a directory of this machine.
  ///
  /// - Throws: ``PluginError`` when there is none.
  public init(directory: String) throws(PluginError) {
    do throws(SystemError) {
      root = Root(try FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY))
    } catch {
      throw PluginError(.file, "\(error)", underlying: error)
    }
    path = directory
    refusal = nil
  }

  /// A directory that cannot be looked at.
  init(refusing sentence: String) {
    root = Root()
    path = ""
    refusal = sentence
  }

  /// The open directory, valid as long as this value lives; `nil` when there is none.
  package var descriptor: Int32? { refusal == nil ? root.number : nil }

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - file: its path.
  ///   - followingLinks: whether symbolic links that stay in the directory are followed; otherwise each is an error.
  /// - Throws: ``PluginError`` when it does not exist, is no regular file, or lies outside.
  public func open(_ file: String, followingLinks: Bool = true) throws(PluginError) -> ActionFile {
    let relative = try relative(file)
    let number = try directory()
    let opened: OwnedDescriptor
    do throws(SystemError) {
      opened = try FileSystem.openBeneath(
        number, relative, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY, followSymlinks: followingLinks)
    } catch {
      let outside = error.number == EXDEV ? "; a link leads out of the workspace" : ""
      throw PluginError(.file, "\(error)\(outside)", underlying: error)
    }
    return try ActionFile(opened, path: file)
  }

  /// Reads a file.
  ///
  /// - Throws: ``PluginError``, also when it is longer than `limit` bytes.
  public func read(_ file: String, limit: Int) async throws -> [UInt8] { try await open(file).contents(limit: limit) }

  /// Finds regular files by patterns as in the buildspec's `artifacts`: `*`, `**`, `?`, `[a-z]`, `{a,b}`.
  ///
  /// Symbolic links to files within the directory are found as files; links to directories are not entered.
  ///
  /// - Returns: the paths, sorted by their bytes, none twice.
  /// - Throws: ``PluginError`` for a pattern that is too complex, or a tree with more than a million entries.
  public func find(_ patterns: [String], excluding excluded: [String] = []) async throws -> [String] {
    let number = try directory()
    let workspace = self
    return try await runBlocking {
      defer { withExtendedLifetime(workspace) {} }
      let wanted = try patterns.map { try Self.pattern(try workspace.relative($0)) }
      let unwanted = try excluded.map { try Self.pattern($0) }
      var search = FileFinder(root: number, wanted: wanted, unwanted: unwanted)
      return try search.run()
    }
  }

  private func directory() throws(PluginError) -> Int32 {
    if let refusal { throw PluginError(.notGranted, refusal) }
    return root.number
  }

  /// An absolute path that lies in the workspace as its processes see it, made relative.
  private func relative(_ file: String) throws(PluginError) -> String {
    if !file.hasPrefix("/") { return file.isEmpty ? "." : file }
    if file == path { return "." }
    if !path.isEmpty && file.hasPrefix(path + "/") { return String(file.dropFirst(path.count + 1)) }
    throw PluginError(.file, "\(file) is outside the workspace \(path)")
  }

  private static func pattern(_ text: String) throws(PluginError) -> GlobPattern {
    do throws(GlobPatternError) {
      return try GlobPattern(text)
    } catch {
      throw PluginError(.file, "the pattern '\(text.prefix(200))' cannot be used: \(error)", underlying: error)
    }
  }
}
