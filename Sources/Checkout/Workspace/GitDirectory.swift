internal import CGit2
import Foundation
internal import JourneymanSupport

/// The `.git` of a workspace, made anew for every checkout: nothing a build wrote into the last one is ever read.
struct GitDirectory {
  /// Where it is: `WORKSPACE/.git`, or `…/.git/modules/NAME` for a submodule.
  let path: String
  /// What `core.worktree` says, relative to `path`; `nil` for a `.git` in its own work tree.
  let worktree: String?
  /// A file in it while the checkout is not complete.
  static let partialMark = "journeyman-partial"

  /// Makes the directory, marked as incomplete; what is at its place is removed, the mark of an incomplete checkout
  /// last of all or not at all, so that a kill at any moment leaves something that is recognized.
  func create() throws {
    if Self.isMarked(path) {
      try empty(but: Self.partialMark)
    } else {
      try FileSystem.removeTree(path)
      try FileSystem.makeDirectories(path)
      _ = try FileSystem.open(path + "/" + Self.partialMark, flags: O_WRONLY | O_CREAT | O_NOFOLLOW, mode: 0o644)
    }
    _ = try Repository.create(bare: path)
  }

  /// Removes the directory, its mark last.
  func remove() throws(SystemError) {
    if Self.isMarked(path) { try empty(but: Self.partialMark) }
    try FileSystem.removeTree(path)
  }

  /// Whether a workspace holds a checkout that was not completed: its mark is there, or nothing is there but the
  /// directory that the mark was to be put into.
  static func isPartial(_ workspace: String) throws(SystemError) -> Bool {
    let path = workspace + "/.git"
    if isMarked(path) { return true }
    guard try names(in: workspace) == [EntryName(".git".utf8)] else { return false }
    return try names(in: path)?.isEmpty == true
  }

  /// Whether a directory, and not what a link leads to, has the mark.
  private static func isMarked(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      && lstat(path + "/" + partialMark, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  private static func names(in directory: String) throws(SystemError) -> [EntryName]? {
    do throws(SystemError) {
      let handle = try FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      return try FileSystem.entryNames(of: handle.number, shown: directory)
    } catch {
      if error.number == ENOENT || error.number == ENOTDIR { return nil }
      throw error
    }
  }

  private func empty(but spared: String) throws(SystemError) {
    let directory = try FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    for name in try FileSystem.entryNames(of: directory.number, shown: path) where name.shown != spared {
      try FileSystem.removeEntry(name, in: directory.number, shown: path + "/" + name.shown)
    }
  }

  /// Moves the objects of a repository that was filled for this checkout alone, and is no use afterwards.
  func adoptObjects(of repository: String) throws {
    try FileSystem.removeTree(path + "/objects")
    try retryingInterrupts("move the objects of \(repository)") { rename(repository + "/objects", path + "/objects") }
  }

  /// Borrows objects. A plain path in `objects/info/alternates` is what git itself writes for `--shared`.
  func borrowObjects(of mirror: String) throws {
    if mirror.contains("\n") || mirror.hasPrefix("#") || mirror.hasPrefix("\"") {
      throw CheckoutError(.refused, "the path of the mirror \(mirror) cannot be written into an alternates file")
    }
    try FileSystem.makeDirectories(path + "/objects/info")
    try FileSystem.writeAtomically(Array((mirror + "/objects\n").utf8), to: path + "/objects/info/alternates")
  }

  /// Gives it the references, the HEAD and the configuration that a clone has.
  func furnish(
    from snapshot: borrowing MirrorSnapshot, url: RepositoryURL, tracksBranch: Bool
  ) throws {
    var references: [Advertisement.Reference] = []
    for reference in snapshot.references {
      if reference.name.hasPrefix("refs/tags/") { references.append(reference) }
      guard reference.name.hasPrefix("refs/heads/") else { continue }
      let name = "refs/remotes/origin/" + reference.name.dropFirst("refs/heads/".count)
      references.append(.init(name: name, target: reference.target))
    }
    references.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    try PackedReferences.write(references, to: path)
    if snapshot.isShallow {
      let commits = try FileSystem.read(snapshot.path + "/shallow", limit: 64 * 1024 * 1024)
      try FileSystem.writeAtomically(commits, to: path + "/shallow")
    }
    let repository = try Repository(opening: path)
    try setHead(of: repository, snapshot, tracksBranch: tracksBranch)
    try configure(repository, url: url, branch: tracksBranch ? branch(snapshot) : nil)
  }

  /// Says that the checkout is complete.
  func finish() throws(SystemError) {
    let mark = path + "/" + Self.partialMark
    if unlink(mark) != 0 && errno != ENOENT { throw SystemError("remove \(mark)") }
  }

  private func branch(_ snapshot: borrowing MirrorSnapshot) -> String? {
    let name = snapshot.commit == nil ? snapshot.headBranch : snapshot.resolution?.reference
    guard let name, name.hasPrefix("refs/heads/") else { return nil }
    return name
  }

  private func setHead(
    of repository: borrowing Repository, _ snapshot: borrowing MirrorSnapshot, tracksBranch: Bool
  ) throws(CheckoutError) {
    if let head = snapshot.headBranch, head.hasPrefix("refs/heads/") {
      let name = head.dropFirst("refs/heads/".count)
      if snapshot.references.contains(where: { $0.name == head }) {
        try repository.createSymbolicReference("refs/remotes/origin/HEAD", to: "refs/remotes/origin/\(name)")
      }
    }
    let branch = tracksBranch ? branch(snapshot) : nil
    if let branch {
      if let commit = snapshot.commit { try repository.createReference(branch, at: commit) }
      try repository.setHead(branch: branch)
    } else if let commit = snapshot.commit {
      try repository.setHead(detachedAt: commit)
    }
  }

  private func configure(
    _ repository: borrowing Repository, url: RepositoryURL, branch: String?
  ) throws(CheckoutError) {
    let configuration = try repository.configuration()
    try configuration.set("core.bare", "false")
    try configuration.set("core.logallrefupdates", "true")
    if let worktree { try configuration.set("core.worktree", worktree) }
    try configuration.set("remote.origin.url", url.description)
    try configuration.set("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    guard let branch else { return }
    let name = branch.dropFirst("refs/heads/".count)
    try configuration.set("branch.\(name).remote", "origin")
    try configuration.set("branch.\(name).merge", branch)
  }
}
