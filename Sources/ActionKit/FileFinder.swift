internal import Foundation
internal import JourneymanSupport

/// Walks a directory that may change meanwhile and gathers the files that patterns match.
struct FileFinder {
  private let root: Int32
  private let wanted: [GlobPattern]
  private let unwanted: [GlobPattern]
  private var entries = 0
  private var found: [String] = []

  private static let mostEntries = 1_000_000
  private static let deepest = 256

  init(root: Int32, wanted: [GlobPattern], unwanted: [GlobPattern]) {
    self.root = root
    self.wanted = wanted
    self.unwanted = unwanted
  }

  mutating func run() throws(PluginError) -> [String] {
    do throws(SystemError) {
      try walk("", depth: 0)
    } catch {
      throw PluginError(.file, "the workspace cannot be searched: \(error)", underlying: error)
    }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private mutating func walk(_ path: String, depth: Int) throws(SystemError) {
    if depth > Self.deepest { return }
    let directory: OwnedDescriptor
    do throws(SystemError) {
      directory = try FileSystem.openBeneath(root, path.isEmpty ? "." : path, flags: O_RDONLY | O_DIRECTORY)
    } catch {
      // What vanished or became a link since it was listed is not part of the answer.
      if depth > 0 { return }
      throw error
    }
    let listed = try FileSystem.rawEntries(of: directory.number, shown: path, limit: Self.mostEntries)
    entries += listed.count
    if entries > Self.mostEntries { throw SystemError("list the workspace", number: E2BIG) }
    for entry in listed {
      // A name that is not UTF-8 could not be opened again by the path that is handed out.
      guard let name = String(validating: entry.name, as: UTF8.self) else { continue }
      let full = path.isEmpty ? name : path + "/" + name
      switch kind(of: full, entry.kind) {
      case S_IFDIR: if wanted.contains(where: { $0.couldMatchBeneath(full) }) { try walk(full, depth: depth + 1) }
      case S_IFREG: if matches(full) { found.append(full) }
      default: break
      }
    }
  }

  private func matches(_ path: String) -> Bool {
    wanted.contains { $0.matches(path) } && !unwanted.contains { $0.matches(path) }
  }

  /// The type bits of an entry; a link has those of a file that it leads to within the directory, else none.
  private func kind(of path: String, _ listed: FileSystem.DirectoryEntry.Kind) -> mode_t {
    switch listed {
    case .file: return S_IFREG
    case .directory: return S_IFDIR
    case .special: return 0
    case .symbolicLink, .unknown: break
    }
    guard
      let opened = try? FileSystem.openBeneath(
        root, path, flags: FileSystem.pathOnly, followSymlinks: listed == .symbolicLink)
    else { return 0 }
    var status = stat()
    if fstat(opened.number, &status) != 0 { return 0 }
    let kind = status.st_mode & S_IFMT
    return listed == .symbolicLink && kind == S_IFDIR ? 0 : kind
  }
}
