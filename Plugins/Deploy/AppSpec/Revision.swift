import Foundation
import JourneymanActionKit
import JourneymanActionSupport

/// A revision that lies in the state directory: its files and what its AppSpec file says.
struct Revision: Sendable {
  /// One file, directory or link of it.
  struct Entry: Sendable {
    /// Relative to the revision's root.
    var path: String
    var kind: SourceTree.Kind
    var mode: UInt32
  }

  static let names = ["appspec.yml", "appspec.yaml"]

  /// The directory that holds the AppSpec file.
  let root: String
  let spec: AppSpec
  /// Sorted by the bytes of their paths.
  let entries: [Entry]

  /// Reads a revision that has just been unpacked, and checks that nothing in it leads out of it.
  ///
  /// - Parameter archive: the directory that it was unpacked into; if it holds nothing but a directory with an AppSpec
  ///   file, that is the revision, as in archives of GitHub.
  /// - Throws: ``AppSpecError``, or `PluginError` when there is no AppSpec file, or a link leads out of the revision.
  static func unpacked(in archive: String) async throws -> Revision {
    let tree = try await SourceTree(".", of: try WorkspaceFiles(directory: archive))
    if let entry = tree.entries.first(where: { String(validating: $0.path, as: UTF8.self) == nil }) {
      throw PluginError(.file, "the name '\(entry.shown)' in the revision is not UTF-8")
    }
    return try await deployed(in: archive)
  }

  /// Reads a revision whose scripts have run. What they left in its directory is theirs and not checked.
  ///
  /// - Throws: as ``unpacked(in:)``.
  static func deployed(in archive: String) async throws -> Revision {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: archive)) ?? []
    let roots = names.contains(where: Self.names.contains) ? [archive] : names.map { archive + "/" + $0 }
    for root in roots {
      for name in Self.names where isFile(root + "/" + name) {
        // A directory with an AppSpec file counts only where it stands alone.
        if root != archive && roots.count > 1 { continue }
        let bytes = try await WorkspaceFiles(directory: root).read(name, limit: AppSpecReader.mostBytes)
        let spec = try AppSpecReader.read(bytes, name: name)
        return Revision(root: root, spec: spec, entries: try await HostFiles.onOwnThread { try list(root) })
      }
    }
    throw PluginError(.file, "the revision has no \(Self.names[0]) at its top")
  }

  /// The revision with the files that are there now: scripts may have made some. Blocks.
  func relisted() throws -> Revision { Revision(root: root, spec: spec, entries: try Self.list(root)) }

  private static func isFile(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Everything beneath a directory but pipes, sockets and devices. Links are not followed.
  private static func list(_ root: String) throws -> [Entry] {
    var found: [Entry] = []
    var pending = [""]
    while let directory = pending.popLast() {
      for name in try FileManager.default.contentsOfDirectory(atPath: root + "/" + directory) {
        let path = directory.isEmpty ? name : directory + "/" + name
        var status = stat()
        guard lstat(root + "/" + path, &status) == 0 else { continue }
        let mode = status.st_mode & 0o777
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
          pending.append(path)
          found.append(Entry(path: path, kind: .directory, mode: mode))
        case S_IFREG: found.append(Entry(path: path, kind: .file, mode: mode))
        case S_IFLNK:
          var target = [CChar](repeating: 0, count: Int(PATH_MAX))
          let count = readlink(root + "/" + path, &target, target.count)
          let bytes = target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
          found.append(Entry(path: path, kind: .symbolicLink(target: bytes), mode: mode))
        default: break
        }
      }
    }
    return found.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// What stands at a path.
  func entry(_ path: String) -> Entry? {
    let place = firstIndex(notBefore: Array(path.utf8))
    return place < entries.count && entries[place].path == path ? entries[place] : nil
  }

  /// Everything beneath a directory, a directory before what is in it; an empty path is the whole revision.
  func contents(of directory: String) -> ArraySlice<Entry> {
    if directory.isEmpty { return entries[...] }
    let start = firstIndex(notBefore: Array(directory.utf8) + [UInt8(ascii: "/")])
    // The byte after the slash: the first path that is not beneath any more.
    let end = firstIndex(notBefore: Array(directory.utf8) + [UInt8(ascii: "/") + 1])
    return entries[start..<end]
  }

  private func firstIndex(notBefore bytes: [UInt8]) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].path.utf8.lexicographicallyPrecedes(bytes) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
