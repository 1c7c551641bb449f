internal import Foundation
internal import JourneymanArtifacts
internal import JourneymanJenkinsModel
internal import JourneymanSupport

/// A file that a selection found.
struct FoundFile: Hashable {
  enum Kind: Hashable {
    case file
    /// A link, with its target, to a file, to nothing, or out of the directory.
    case link([UInt8])
  }

  /// Relative to the directory, any bytes.
  let path: [UInt8]
  let kind: Kind
}

/// Finds the files of a selection beneath an open directory that a build may change meanwhile.
struct FileScan {
  private let root: Int32
  private let selection: FileSelection
  private let includes: [AntPattern]
  private let excludes: [AntPattern]

  /// How many entries of directories are looked at.
  private static let mostEntries = 5_000_000
  /// The longest path, in bytes.
  private static let longestPath = 32_768

  init(_ selection: FileSelection, beneath root: Int32) throws {
    self.root = root
    self.selection = selection
    includes = try selection.includes.map { try AntPattern($0, isCaseSensitive: selection.isCaseSensitive) }
    let excludes = selection.excludes + (selection.usesDefaultExcludes ? AntPattern.defaultExcludes : [])
    self.excludes = try excludes.map { try AntPattern($0, isCaseSensitive: selection.isCaseSensitive) }
  }

  /// Tells directories apart, so that a link which leads to one above itself ends the walk.
  private struct Identity: Hashable {
    let device: dev_t
    let inode: ino_t
  }

  private struct Directory {
    let path: [UInt8]
    /// It and those above it.
    let chain: [Identity]
  }

  /// - Returns: what was found, by the bytes of the paths.
  /// - Throws: `ArtifactError` when there is too much, `SystemError` when a directory cannot be listed.
  func run() throws -> [FoundFile] {
    var found: [FoundFile] = []
    var pending = [Directory(path: [], chain: [])]
    var rest = Self.mostEntries
    while let directory = pending.popLast() {
      guard let descriptor = try open(directory) else { continue }
      let identity = try identity(of: descriptor.number)
      if directory.chain.contains(identity) { continue }
      let shown = String(decoding: directory.path, as: UTF8.self)
      for entry in try FileSystem.rawEntries(of: descriptor.number, shown: shown, limit: rest) {
        rest -= 1
        let path = directory.path.isEmpty ? entry.name : directory.path + [UInt8(ascii: "/")] + entry.name
        if path.count > Self.longestPath {
          throw ArtifactError(.limitExceeded, "a path in the workspace is longer than \(Self.longestPath) bytes")
        }
        var status = stat()
        let name = entry.name.map { CChar(bitPattern: $0) } + [0]
        if fstatat(descriptor.number, name, &status, AT_SYMLINK_NOFOLLOW) != 0 { continue }
        let kind = status.st_mode & S_IFMT
        if kind == S_IFDIR || kind == S_IFLNK && selection.followsLinks && leadsToDirectory(path) {
          if shouldEnter(path) { pending.append(Directory(path: path, chain: directory.chain + [identity])) }
        } else if kind == S_IFREG, isSelected(path) {
          found.append(FoundFile(path: path, kind: .file))
        } else if kind == S_IFLNK, selection.followsLinks, isSelected(path), let target = LinkTarget.read(root, path) {
          found.append(FoundFile(path: path, kind: .link(target)))
        }
      }
    }
    return found.sorted { $0.path.lexicographicallyPrecedes($1.path) }
  }

  /// - Returns: `nil` for a directory that is gone, or is something else by now.
  private func open(_ directory: Directory) throws -> OwnedDescriptor? {
    do {
      return try FileSystem.openBeneath(
        root, bytes: directory.path, flags: O_RDONLY | O_DIRECTORY, followSymlinks: selection.followsLinks)
    } catch  where [ENOENT, ENOTDIR, ELOOP, EXDEV].contains(error.number) {
      return nil
    }
  }

  private func identity(of directory: Int32) throws -> Identity {
    var status = stat()
    if fstat(directory, &status) != 0 { throw SystemError("look at a directory") }
    return Identity(device: status.st_dev, inode: status.st_ino)
  }

  /// Whether a link leads to a directory that lies beneath the root.
  private func leadsToDirectory(_ path: [UInt8]) -> Bool {
    (try? FileSystem.openBeneath(
      root, bytes: path, flags: FileSystem.pathOnly | O_DIRECTORY, followSymlinks: true)) != nil
  }

  private func isSelected(_ path: [UInt8]) -> Bool {
    includes.contains { $0.matches(path) } && !excludes.contains { $0.matches(path) }
  }

  private func shouldEnter(_ path: [UInt8]) -> Bool {
    if selection.leavesOutTemporary && path.suffix(4).elementsEqual("@tmp".utf8) { return false }
    return includes.contains { $0.couldMatchBeneath(path) } && !excludes.contains { $0.matchesEverythingBeneath(path) }
  }
}
