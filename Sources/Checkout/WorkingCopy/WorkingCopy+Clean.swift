internal import CGit2
import Foundation
internal import JourneymanSupport

extension WorkingCopy {
  /// Makes the files those of HEAD and removes all others, ignored ones too: `git reset --hard` and `git clean -fdx`.
  ///
  /// - Parameter thorough: whether repositories that lie about are removed as well, as with a second `-f`.
  package func clean(thorough: Bool) throws {
    let repository = try open()
    try writeFiles(of: try Self.commit("HEAD", in: repository), in: repository)
    let tracked = try Tracked(in: repository)
    let root = try FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY)
    _ = try clean(root.number, [], tracked, thorough)
  }

  /// What the index has.
  private struct Tracked {
    /// Files, and directories of submodules.
    var paths: Set<[UInt8]> = []
    /// Directories that something of it is in.
    var directories: Set<[UInt8]> = []

    init(in repository: borrowing Repository) throws {
      let index = GitIndex(taking: try gitMake("open the index") { git_repository_index($0, repository.pointer) })
      for position in 0..<git_index_entrycount(index.pointer) {
        guard let name = git_index_get_byindex(index.pointer, position)?.pointee.path else { continue }
        let path = Array(UnsafeRawBufferPointer(start: name, count: strlen(name)))
        paths.insert(path)
        for (offset, byte) in path.enumerated().reversed() where byte == UInt8(ascii: "/") {
          if !directories.insert(Array(path[..<offset])).inserted { break }
        }
      }
    }
  }

  /// Cleans one directory.
  ///
  /// - Returns: whether nothing is left in it.
  private func clean(_ directory: Int32, _ prefix: [UInt8], _ tracked: Tracked, _ thorough: Bool) throws -> Bool {
    try context.cancellation.check()
    var isEmpty = true
    let shown = String(decoding: prefix, as: UTF8.self)
    for entry in try FileSystem.rawEntries(of: directory, shown: shown) {
      if prefix.isEmpty && entry.name.elementsEqual(".git".utf8) { continue }
      let path = prefix.isEmpty ? entry.name : prefix + [UInt8(ascii: "/")] + entry.name
      if tracked.paths.contains(path) {
        isEmpty = false
        continue
      }
      let removes = try mayRemove(entry.name, in: directory, path, tracked, thorough)
      if removes {
        try FileSystem.removeEntry(EntryName(entry.name), in: directory, shown: String(decoding: path, as: UTF8.self))
      } else {
        isEmpty = false
      }
    }
    return isEmpty
  }

  /// Cleans an entry that the index does not have, if it is a directory that something is to be kept in.
  ///
  /// - Returns: whether it has to go as a whole.
  private func mayRemove(
    _ name: [UInt8], in directory: Int32, _ path: [UInt8], _ tracked: Tracked, _ thorough: Bool
  ) throws -> Bool {
    let isNeeded = tracked.directories.contains(path)
    let isDeep = path.count { $0 == UInt8(ascii: "/") } > Self.deepest
    if (thorough || isDeep) && !isNeeded { return true }
    let bytes = name.map { CChar(bitPattern: $0) } + [0]
    let number = openat(directory, bytes, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    // What is no directory, or nobody may look into.
    if number < 0 { return !isNeeded }
    let child = OwnedDescriptor(taking: number)
    if !isNeeded && Self.isRepository(child.number) { return false }
    let isEmpty = try clean(child.number, path, tracked, thorough)
    return isEmpty && !isNeeded
  }

  /// What a build nests deeper than this goes as a whole: looking through it takes a descriptor for each directory.
  private static let deepest = 200

  /// Whether a directory is the work tree of a repository.
  private static func isRepository(_ directory: Int32) -> Bool {
    var status = stat()
    guard fstatat(directory, ".git", &status, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
    if status.st_mode & S_IFMT == S_IFREG { return true }
    return ["HEAD", "objects", "refs"].allSatisfy { faccessat(directory, ".git/" + $0, F_OK, 0) == 0 }
  }
}
