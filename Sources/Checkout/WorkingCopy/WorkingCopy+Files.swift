internal import CGit2
import Foundation
internal import JourneymanSupport

extension WorkingCopy {
  /// How a merge may end.
  package enum FastForward: String, Sendable {
    /// By moving the branch, where that is enough.
    case allowed = "FF"
    /// Only by moving the branch.
    case only = "FF_ONLY"
    /// Always by a commit.
    case never = "NO_FF"
  }

  /// Writes the files of a revision over what is there and detaches HEAD at it, as `git checkout -f`.
  ///
  /// - Parameter branch: a branch that is set to the revision, whether it exists or not, and becomes HEAD.
  package func checkOut(_ revision: String, branch: String?) throws {
    let repository = try open()
    let id = try Self.commit(revision, in: repository)
    try writeFiles(of: id, in: repository)
    if let branch {
      let name = "refs/heads/" + branch
      guard ReferenceName.isStorable(name) else {
        throw CheckoutError(.refused, "'\(branch)' is not a valid branch name")
      }
      // A branch that HEAD points at cannot be set by force.
      try repository.setHead(detachedAt: id)
      try repository.createReference(name, at: id)
      try repository.setHead(branch: name)
    } else {
      try repository.setHead(detachedAt: id)
    }
  }

  func writeFiles(of id: ObjectID, in repository: borrowing Repository) throws(CheckoutError) {
    var raw = id.raw
    let object = GitObject(
      taking: try gitMake("read \(id)") { git_object_lookup($0, repository.pointer, &raw, GIT_OBJECT_COMMIT) })
    var options = git_checkout_options()
    git_checkout_options_init(&options, UInt32(GIT_CHECKOUT_OPTIONS_VERSION))
    options.checkout_strategy = GIT_CHECKOUT_FORCE.rawValue
    options.notify_flags = GIT_CHECKOUT_NOTIFY_ALL.rawValue
    options.notify_payload = Unmanaged.passUnretained(context.cancellation).toOpaque()
    options.notify_cb = { _, _, _, _, _, payload in
      guard let payload else { return 0 }
      return Unmanaged<Cancellation>.fromOpaque(payload).takeUnretainedValue().isCancelled ? -1 : 0
    }
    do throws(CheckoutError) {
      try git("check out \(id)") { git_checkout_tree(repository.pointer, object.pointer, &options) }
    } catch {
      try context.cancellation.check()
      throw error
    }
  }

  /// Whether there are submodules.
  package var hasModules: Bool { access(path + "/.gitmodules", F_OK) == 0 }

  /// Checks out the submodules of HEAD.
  ///
  /// - Parameter recursive: whether theirs are checked out too.
  /// - Returns: their paths.
  package func updateSubmodules(recursive: Bool) throws -> [String] {
    guard let address = remoteAddress("origin") else {
      throw CheckoutError(.repositoryNotFound, "the repository has no remote 'origin' that submodules could be beside")
    }
    let url = try LocalRepository.located(RepositoryURL(address))
    let repository = try open()
    let commit = try repository.commit(at: try Self.commit("HEAD", in: repository)).description
    guard let tree = ObjectID(hexadecimal: commit.tree) else { return [] }
    let outcome = RepositoryCheckout.Outcome(
      snapshotPath: nil, resolution: nil, commit: commit,
      listing: try TreeListing(of: tree, in: repository, cancellation: context.cancellation), objects: gitDirectory)
    var revision = CheckedOutRevision(url: url.description, reference: nil, commit: commit, mirrors: [], submodules: [])
    try Submodules(
      of: outcome, url: url, directory: path, gitDirectory: GitDirectory(path: gitDirectory, worktree: nil),
      context: context, isRecursive: recursive
    ).checkOut(owner: nil, into: &revision)
    return revision.submodules
  }

  /// Merges a revision into HEAD.
  ///
  /// - Parameters:
  ///   - author: who makes a merge commit: name and mail address.
  ///   - message: what a merge commit says; `nil` is what git says.
  ///   - prefersTheirs: whether their lines win where both sides have changed some.
  /// - Throws: ``CheckoutError``, also when there are conflicts; nothing is changed then.
  package func merge(
    _ revision: String, _ fastForward: FastForward, author: (name: String, email: String), message: String? = nil,
    prefersTheirs: Bool = false
  ) throws {
    let repository = try open()
    let theirs = try Self.commit(revision, in: repository)
    let ours = try Self.commit("HEAD", in: repository)
    var base = git_oid()
    var (left, right) = (ours.raw, theirs.raw)
    let hasBase = git_merge_base(&base, repository.pointer, &left, &right) == 0
    if hasBase, ObjectID(base) == theirs { return }
    if hasBase, ObjectID(base) == ours, fastForward != .never {
      try writeFiles(of: theirs, in: repository)
      return try moveHead(of: repository, to: theirs)
    }
    if fastForward == .only { throw CheckoutError(.refused, "Not possible to fast-forward, aborting.") }
    let index = try mergedFiles(ours, theirs, prefersTheirs, in: repository)
    defer { git_index_free(index) }
    let text = message.map { $0 + "\n" } ?? "Merge commit '\(theirs)'\(destination(in: repository))\n"
    try moveHead(of: repository, to: try commit(index, ours, theirs, author, text, in: repository))
    try writeFiles(of: try Self.commit("HEAD", in: repository), in: repository)
  }

  private func moveHead(of repository: borrowing Repository, to id: ObjectID) throws {
    if let branch = repository.headBranch {
      try repository.setHead(detachedAt: id)
      try repository.createReference(branch, at: id)
      try repository.setHead(branch: branch)
    } else {
      try repository.setHead(detachedAt: id)
    }
  }

  /// What git says in the message of a merge about where it goes: nothing for the branch `master`.
  private func destination(in repository: borrowing Repository) -> String {
    let name = repository.headBranch.map { $0.dropFirst("refs/heads/".count) } ?? "HEAD"
    return name == "master" ? "" : " into \(name)"
  }

  private func mergedFiles(
    _ ours: ObjectID, _ theirs: ObjectID, _ prefersTheirs: Bool, in repository: borrowing Repository
  ) throws -> OpaquePointer {
    let left = try repository.commit(at: ours)
    let right = try repository.commit(at: theirs)
    var options = git_merge_options()
    git_merge_options_init(&options, UInt32(GIT_MERGE_OPTIONS_VERSION))
    if prefersTheirs { options.file_favor = GIT_MERGE_FILE_FAVOR_THEIRS }
    let index = try gitMake("merge \(theirs)") {
      git_merge_commits($0, repository.pointer, left.pointer, right.pointer, &options)
    }
    if git_index_has_conflicts(index) == 1 {
      git_index_free(index)
      throw CheckoutError(.refused, "Automatic merge failed; fix conflicts and then commit the result.")
    }
    return index
  }

  private func commit(
    _ index: OpaquePointer, _ ours: ObjectID, _ theirs: ObjectID, _ author: (name: String, email: String),
    _ message: String, in repository: borrowing Repository
  ) throws -> ObjectID {
    let left = try repository.commit(at: ours)
    let right = try repository.commit(at: theirs)
    var tree = git_oid()
    try git("write the merged files") { git_index_write_tree_to(&tree, index, repository.pointer) }
    let treeObject = try gitMake("read the merged files") { git_tree_lookup($0, repository.pointer, &tree) }
    defer { git_tree_free(treeObject) }
    var signature: UnsafeMutablePointer<git_signature>?
    try git("sign a merge") { git_signature_now(&signature, author.name, author.email) }
    defer { git_signature_free(signature) }
    var parents: [OpaquePointer?] = [left.pointer, right.pointer]
    var id = git_oid()
    try git("commit the merge") {
      git_commit_create(
        &id, repository.pointer, nil, signature, signature, nil, message, treeObject, 2, &parents)
    }
    return ObjectID(id)
  }
}
