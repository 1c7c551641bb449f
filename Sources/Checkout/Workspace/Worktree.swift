internal import CGit2
import Foundation
internal import JourneymanSupport

/// Makes a directory hold exactly the files of one tree.
struct Worktree {
  /// The directory, which exists.
  let directory: String
  let owner: CheckoutRequest.Owner?
  let context: CheckoutContext

  /// Empties the directory but for `.git`.
  func clear(keepingGit: Bool) throws {
    let root = try open()
    for name in try FileSystem.entryNames(of: root.number, shown: directory) {
      if keepingGit && name.bytes == Array(".git".utf8) { continue }
      try context.cancellation.check()
      try FileSystem.removeEntry(name, in: root.number, shown: directory + "/" + name.shown)
    }
  }

  /// Writes a tree, keeping files that are known to be unchanged.
  ///
  /// - Parameters:
  ///   - tree: the tree's id; `nil` for no files.
  ///   - objects: the git directory to read objects from.
  ///   - record: what is known of the directory's last checkout; consulted only when `reuses` is true.
  ///   - index: the index file to write for git: the workspace's own.
  ///   - gitLink: the content of a `.git` file to write, for a submodule.
  func write(
    _ tree: ObjectID?, from objects: String, record: WorkspaceRecord?, reuses: Bool, index: String, url: RepositoryURL,
    gitLink: String?
  ) throws -> TreeListing? {
    guard let tree else {
      try record?.invalidate()
      try clear(keepingGit: gitLink == nil)
      return nil
    }
    let repository = try Repository(opening: objects)
    let listing = try TreeListing(of: tree, in: repository, cancellation: context.cancellation)
    let conversions = try conversionsDigest(listing)
    let root = try open()
    var statuses: [Int: FileStatus] = [:]
    if reuses, let known = record?.trusted(conversions: conversions) {
      try record?.invalidate()
      let cleaner = try WorkspaceCleaner(listing, owner: owner, cancellation: context.cancellation)
      statuses = try cleaner.clean(root.number, keepingGit: gitLink == nil, comparing: known)
    } else {
      try record?.invalidate()
      try clear(keepingGit: gitLink == nil)
    }

    context.progress.enter(.write, url)
    try DirectoryWalk.makeAll(of: listing, beneath: root.number, owner: owner, cancellation: context.cancellation)
    try makeSubmoduleDirectories(listing, root.number)
    let missing = listing.entries.indices.filter { statuses[$0] == nil && listing.entries[$0].mode != .submodule }
    let largeFiles = try LargeFiles.fetched(for: listing, missing, from: objects, url: url, context: context)
    let writer = TreeWriter(
      listing, selection: missing, root: root.number, gitDirectory: objects, owner: owner, largeFiles: largeFiles,
      context: context)
    statuses.merge(try writer.write()) { first, _ in first }
    if let gitLink { try writeGitLink(gitLink, root.number) }

    context.progress.enter(.record, url)
    try writeIndex(listing, statuses, to: record?.index ?? index)
    if let record {
      try FileSystem.writeAtomically(FileSystem.read(record.index, limit: Int.max), to: index)
      try record.seal(
        conversions: conversions, newest: statuses.values.map(\.changed).max(), cancellation: context.cancellation)
    }
    return listing
  }

  func open() throws(SystemError) -> OwnedDescriptor {
    try FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  }

  /// Submodules that are not checked out are empty directories.
  private func makeSubmoduleDirectories(_ listing: TreeListing, _ root: Int32) throws {
    for entry in listing.entries where entry.mode == .submodule {
      let parent = try DirectoryWalk.open(entry.directory, of: listing, beneath: root)
      try listing.withPath(of: entry) { path, name in
        if mkdirat(parent.number, name, 0o777) != 0 && errno != EEXIST {
          throw SystemError("make directory \(String(cString: path))")
        }
        if let owner { _ = fchownat(parent.number, name, owner.user, owner.group, AT_SYMLINK_NOFOLLOW) }
      }
    }
  }

  private func writeGitLink(_ content: String, _ root: Int32) throws {
    let file = try FileCreation.file(".git", in: root, isExecutable: false, shown: directory + "/.git")
    try FileSystem.writeAll(Array(content.utf8), to: file.number, name: directory + "/.git")
    if let owner { _ = fchown(file.number, owner.user, owner.group) }
  }

  private func writeIndex(_ listing: TreeListing, _ statuses: [Int: FileStatus], to path: String) throws {
    let index = try GitIndex(opening: path)
    try git("empty the index") { git_index_clear(index.pointer) }
    for (position, entry) in listing.entries.enumerated() {
      try index.add(entry, listing, status: statuses[position])
    }
    try index.write()
  }

  /// Names the rules by which content is converted: when they change, every file may.
  private func conversionsDigest(_ listing: TreeListing) throws(CheckoutError) -> String {
    var text = "lfs=\(context.options.lfs)\n"
    for entry in listing.entries where listing.pathBytes(at: entry.name).elementsEqual(".gitattributes".utf8) {
      text += "\(entry.id) \(listing.shownPath(at: entry.path))\n"
    }
    return try MirrorLocation.digest(text)
  }
}
