internal import CGit2
import Foundation
internal import JourneymanSupport

/// Removes from a workspace what is not part of a tree, and finds out what has to be written.
struct WorkspaceCleaner {
  private enum Child {
    case entry(Int)
    case directory(Int)
  }

  private let listing: TreeListing
  private let children: [[EntryName: Child]]
  private let owner: CheckoutRequest.Owner?
  private let cancellation: Cancellation
  private let creationMask: UInt32

  init(_ listing: TreeListing, owner: CheckoutRequest.Owner?, cancellation: Cancellation) throws(SystemError) {
    creationMask = try FileSystem.creationMask()
    self.listing = listing
    self.owner = owner
    self.cancellation = cancellation
    var children = [[EntryName: Child]](repeating: [:], count: listing.directories.count)
    for (index, entry) in listing.entries.enumerated() {
      children[entry.directory][EntryName(listing.pathBytes(at: entry.name))] = .entry(index)
    }
    for index in listing.directories.indices.dropFirst() {
      let directory = listing.directories[index]
      children[directory.parent][EntryName(listing.pathBytes(at: directory.name))] = .directory(index)
    }
    self.children = children
  }

  /// Cleans the workspace.
  ///
  /// - Parameters:
  ///   - root: the open workspace directory.
  ///   - keepsGit: whether the root's `.git` stays.
  ///   - record: what the last checkout left there.
  /// - Returns: what `stat` says of the files that stay, by the entry's index; every other file has to be written.
  func clean(
    _ root: Int32, keepingGit keepsGit: Bool, comparing record: borrowing GitIndex
  ) throws -> [Int: FileStatus] {
    var kept: [Int: FileStatus] = [:]
    try clean(0, root, shown: ".", spared: keepsGit ? EntryName(".git".utf8) : nil, record, &kept)
    return kept
  }

  private func clean(
    _ directory: Int, _ handle: Int32, shown: String, spared: EntryName?, _ record: borrowing GitIndex,
    _ kept: inout [Int: FileStatus]
  ) throws {
    try cancellation.check()
    for name in try FileSystem.entryNames(of: handle, shown: shown) where name != spared {
      let path = shown + "/" + name.shown
      switch children[directory][name] {
      case nil:
        try FileSystem.removeEntry(name, in: handle, shown: path)
      case .entry(let index):
        if let status = try unchanged(index, name, in: handle, record) {
          kept[index] = status
        } else if try !isSubmoduleDirectory(index, name, in: handle) {
          try FileSystem.removeEntry(name, in: handle, shown: path)
        }
      case .directory(let index):
        if let child = try open(name, in: handle) {
          try clean(index, child.number, shown: path, spared: nil, record, &kept)
        } else {
          try FileSystem.removeEntry(name, in: handle, shown: path)
        }
      }
    }
  }

  private func unchanged(
    _ index: Int, _ name: EntryName, in directory: Int32, _ record: borrowing GitIndex
  ) throws(SystemError) -> FileStatus? {
    let entry = listing.entries[index]
    if entry.mode == .submodule { return nil }
    var status = stat()
    if name.withCString({ fstatat(directory, $0, &status, AT_SYMLINK_NOFOLLOW) }) != 0 {
      throw SystemError("look at \(listing.shownPath(at: entry.path))")
    }
    let known = listing.withRawPath(of: entry) { record.entry(named: $0) }
    guard let known, ObjectID(known.id) == entry.id, known.mode == entry.mode.rawValue, status.st_nlink == 1,
      status.st_mode & S_IFMT == mode_t(known.mode) & S_IFMT, status.st_uid == owner?.user ?? geteuid()
    else { return nil }
    let current = FileStatus(status)
    return current.matches(known) ? current : nil
  }

  /// A submodule's directory stays: its own checkout cleans what is in it.
  private func isSubmoduleDirectory(
    _ index: Int, _ name: EntryName, in directory: Int32
  ) throws(SystemError) -> Bool {
    if listing.entries[index].mode != .submodule { return false }
    return try open(name, in: directory) != nil
  }

  /// Opens a directory of the tree and gives it the mode and owner it would have if it were new; `nil` when it is
  /// something else.
  private func open(_ name: EntryName, in parent: Int32) throws(SystemError) -> OwnedDescriptor? {
    var status = stat()
    if name.withCString({ fstatat(parent, $0, &status, AT_SYMLINK_NOFOLLOW) }) != 0 { return nil }
    if status.st_mode & S_IFMT != S_IFDIR { return nil }
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    var number = name.withCString { openat(parent, $0, flags) }
    if number < 0 && errno == EACCES {
      _ = name.withCString { fchmodat(parent, $0, 0o700, 0) }
      number = name.withCString { openat(parent, $0, flags) }
    }
    if number < 0 { throw SystemError("open directory \(name.shown)") }
    let directory = OwnedDescriptor(taking: number)
    try DirectoryReset.reset(number, in: parent, owner: owner, creationMask: creationMask, shown: name.shown)
    return directory
  }
}
