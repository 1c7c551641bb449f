internal import CGit2
import Foundation

/// Every file of a tree, in the order of git's index, with names as the bytes they are.
struct TreeListing {
  struct Entry {
    /// Where the path begins in ``TreeListing/paths``; it ends with a NUL.
    let path: Int
    /// Where its last component begins.
    let name: Int
    /// Index of the directory it is in.
    let directory: Int
    let mode: FileMode
    let id: ObjectID
  }

  struct Directory {
    /// Where the path begins; empty for the root.
    let path: Int
    let name: Int
    /// Index of the directory it is in; the root is its own.
    let parent: Int
  }

  /// What git can store besides directories.
  enum FileMode: UInt32 {
    case file = 0o100644
    case executable = 0o100755
    case link = 0o120000
    /// A commit of another repository.
    case submodule = 0o160000
  }

  /// Files, links and submodules.
  private(set) var entries: [Entry] = []
  /// Directories, each after the one it is in; the first is the root. Submodules are not among them.
  private(set) var directories: [Directory] = [Directory(path: 0, name: 0, parent: 0)]
  /// All paths, each ended by a NUL.
  private(set) var paths: [UInt8] = [0]

  /// More are a tree made to exhaust the machine (a "git bomb" names 10^10 files in a few trees).
  private static let mostEntries = 5_000_000
  private static let longestPath = 4095

  /// Reads a tree and the trees in it.
  ///
  /// - Throws: ``CheckoutError``: `refused` for a path that must not be written, `corrupt` for damage.
  init(of tree: ObjectID, in repository: borrowing Repository, cancellation: Cancellation) throws(CheckoutError) {
    try add(tree, prefix: [], directory: 0, repository, cancellation)
  }

  /// The path's bytes, for messages and comparisons.
  func pathBytes(at offset: Int) -> ArraySlice<UInt8> {
    let end = paths[offset...].firstIndex(of: 0) ?? paths.endIndex
    return paths[offset..<end]
  }

  func shownPath(at offset: Int) -> String { String(decoding: pathBytes(at: offset), as: UTF8.self) }

  private mutating func add(
    _ id: ObjectID, prefix: [UInt8], directory: Int, _ repository: borrowing Repository, _ cancellation: Cancellation
  ) throws(CheckoutError) {
    try cancellation.check()
    var raw = id.raw
    let tree = GitObject(
      taking: try Self.damage("read the tree \(id)") { pointer in git_tree_lookup(pointer, repository.pointer, &raw) })
    var seen = Set<[UInt8]>()
    for position in 0..<git_tree_entrycount(tree.pointer) {
      guard let entry = git_tree_entry_byindex(tree.pointer, position), let cName = git_tree_entry_name(entry),
        let entryID = git_tree_entry_id(entry)
      else { continue }
      let name = Array(UnsafeBufferPointer(start: cName, count: Int(strlen(cName)))).map { UInt8(bitPattern: $0) }
      let mode = git_tree_entry_filemode(entry)
      let path = prefix + name
      try PathRules.check(name, isLink: mode == GIT_FILEMODE_LINK, path: path)
      // Two entries of one name, a link and a directory, would write through the link.
      guard seen.insert(name).inserted, path.count <= Self.longestPath, entries.count < Self.mostEntries else {
        throw Self.unacceptable(path)
      }
      let place = paths.count
      paths += path
      paths.append(0)
      if mode == GIT_FILEMODE_TREE {
        directories.append(Directory(path: place, name: place + prefix.count, parent: directory))
        try add(
          ObjectID(entryID.pointee), prefix: path + [UInt8(ascii: "/")], directory: directories.count - 1, repository,
          cancellation)
      } else {
        guard let known = FileMode(rawValue: mode.rawValue) else { throw Self.unacceptable(path) }
        entries.append(
          Entry(
            path: place, name: place + prefix.count, directory: directory, mode: known,
            id: ObjectID(entryID.pointee)))
      }
    }
  }

  private static func unacceptable(_ path: [UInt8]) -> CheckoutError {
    CheckoutError(
      .refused,
      "refusing the tree: \(String(decoding: path.prefix(200), as: UTF8.self)) is named twice, too long, of an unknown "
        + "kind, or one of more than \(mostEntries) files")
  }

  private static func damage(
    _ attempt: @autoclosure () -> String, _ call: (UnsafeMutablePointer<OpaquePointer?>) -> Int32
  ) throws(CheckoutError) -> OpaquePointer {
    do throws(CheckoutError) {
      return try gitMake(attempt(), call)
    } catch {
      if error.code == .storage { throw error }
      throw CheckoutError(.corrupt, error.message, underlying: error.underlying)
    }
  }
}
