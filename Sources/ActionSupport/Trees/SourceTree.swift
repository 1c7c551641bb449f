internal import Foundation
public import JourneymanActionKit
internal import JourneymanSupport

/// A directory of the workspace as it is to be deployed: files, directories and symbolic links that stay within it.
///
/// The build may still run and change its files. What is listed is read once; when it is copied, every path is opened
/// beneath the directory without following links, so that nothing outside can be read.
public struct SourceTree: Sendable {
  /// What stands at a path.
  public enum Kind: Sendable, Hashable {
    /// A directory.
    case directory
    /// A regular file.
    case file
    /// A link with its target, as bytes.
    case symbolicLink(target: [UInt8])
  }

  /// One path of the tree.
  public struct Entry: Sendable, Hashable {
    /// Relative to the tree's root; any bytes except zero.
    public let path: [UInt8]
    /// What stands there.
    public let kind: Kind
    /// Permission bits; set-user-ID, set-group-ID and sticky bits are never taken.
    public let mode: UInt32
    /// Bytes of a file, when it was listed.
    public let size: Int64

    /// The path for messages: what is not UTF-8 is repaired.
    public var shown: String { String(decoding: path, as: UTF8.self) }
  }

  /// Keeps the directory open.
  final class Root: Sendable {
    let descriptor: OwnedDescriptor
    init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
  }

  /// Everything in the directory, sorted so that a directory stands before what is in it.
  public let entries: [Entry]
  /// The directory as it was asked for.
  public let path: String
  let root: Root

  /// How many files and links there are.
  public var fileCount: Int { entries.count { $0.kind != .directory } }

  /// The size of all files in bytes, when they were listed.
  public var totalSize: Int64 { entries.reduce(0) { $0 + $1.size } }

  /// Lists a directory of the workspace.
  ///
  /// - Parameter directory: relative to the workspace, or absolute as the build sees it.
  /// - Throws: `PluginError` when there is no such directory, when something in it is no file, directory or link, when a
  ///   link leads out of it, or when it has more than a million entries.
  public init(_ directory: String, of workspace: WorkspaceFiles) async throws {
    self = try await runBlocking {
      defer { withExtendedLifetime(workspace) {} }
      return try SourceTree(listing: directory, of: workspace)
    }
  }

  private init(listing directory: String, of workspace: WorkspaceFiles) throws {
    guard let number = workspace.descriptor else {
      throw PluginError(.notGranted, "the plugin has no workspace to take \(directory) from")
    }
    do throws(SystemError) {
      root = Root(
        try FileSystem.openBeneath(
          number, Self.relative(directory, to: workspace.path), flags: O_RDONLY | O_DIRECTORY, followSymlinks: true))
    } catch {
      let outside = error.number == EXDEV ? "; it lies outside the workspace" : ""
      throw PluginError(.file, "\(error)\(outside)", underlying: error)
    }
    path = directory
    var listing = TreeListing(root: root.descriptor.number, name: directory)
    entries = try listing.run()
    try LinkResolution(entries).check(in: directory)
  }

  private static func relative(_ directory: String, to workspace: String) -> String {
    if directory == workspace || directory.isEmpty { return "." }
    return directory.hasPrefix(workspace + "/") ? String(directory.dropFirst(workspace.utf8.count + 1)) : directory
  }
}

/// Walks a directory that may change meanwhile.
private struct TreeListing {
  let root: Int32
  let name: String
  private var found: [SourceTree.Entry] = []

  private static let mostEntries = 1_000_000
  private static let longestPath = 16_384

  init(root: Int32, name: String) {
    self.root = root
    self.name = name
  }

  mutating func run() throws -> [SourceTree.Entry] {
    var pending: [[UInt8]] = [[]]
    while let path = pending.popLast() {
      let directory = try FileSystem.openBeneath(root, bytes: path, flags: O_RDONLY | O_DIRECTORY)
      let names = try FileSystem.rawEntries(of: directory.number, shown: name, limit: Self.mostEntries)
      if found.count + names.count > Self.mostEntries {
        throw PluginError(.file, "\(name) has more than \(Self.mostEntries) entries")
      }
      for name in names {
        let full = path.isEmpty ? name.name : path + [UInt8(ascii: "/")] + name.name
        let entry = try entry(EntryName(name.name), in: directory.number, path: full)
        if entry.kind == .directory { pending.append(full) }
        found.append(entry)
      }
    }
    return found.sorted { $0.path.lexicographicallyPrecedes($1.path) }
  }

  private func entry(_ name: EntryName, in directory: Int32, path: [UInt8]) throws -> SourceTree.Entry {
    let shown = String(decoding: path, as: UTF8.self)
    if path.count > Self.longestPath {
      throw PluginError(.file, "a path in \(self.name) is too long: \(shown.prefix(99))…")
    }
    var status = stat()
    let isThere = name.withCString { fstatat(directory, $0, &status, AT_SYMLINK_NOFOLLOW) } == 0
    if !isThere {
      throw PluginError(.file, "\(self.name)/\(shown) vanished while it was looked at; is the build still running?")
    }
    let mode = UInt32(status.st_mode) & 0o777
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return SourceTree.Entry(path: path, kind: .directory, mode: mode, size: 0)
    case S_IFREG: return SourceTree.Entry(path: path, kind: .file, mode: mode, size: Int64(status.st_size))
    case S_IFLNK:
      var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
      let count = try retryingInterrupts("read the link \(shown)") {
        name.withCString { readlinkat(directory, $0, &target, target.count) }
      }
      return SourceTree.Entry(
        path: path, kind: .symbolicLink(target: Array(target.prefix(count))), mode: 0o777, size: 0)
    default:
      throw PluginError(
        .file, "\(self.name)/\(shown) is a pipe, socket or device; only files, directories and links can be deployed")
    }
  }
}
