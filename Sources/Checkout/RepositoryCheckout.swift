import Foundation
internal import JourneymanSupport

/// Checks one repository out: the one that was asked for, or a submodule.
struct RepositoryCheckout {
  let url: RepositoryURL
  let request: ReferenceRequest
  /// The work tree, a directory that exists.
  let directory: String
  let gitDirectory: GitDirectory
  /// The content of the `.git` file in a submodule's work tree.
  let gitLink: String?
  let owner: CheckoutRequest.Owner?
  let context: CheckoutContext

  struct Outcome {
    let snapshotPath: String?
    let resolution: ReferenceResolution?
    let commit: CheckedOutRevision.Commit?
    let listing: TreeListing?
    /// Where the objects are: the mirror, or the git directory itself.
    let objects: String
  }

  /// Runs the checkout; when objects of the mirror turn out to be damaged, once more with a new mirror.
  func run() throws -> Outcome {
    guard let mirrors = context.options.mirrors else { return try attempt(nil) }
    let store = MirrorStore(directory: mirrors, context: context)
    do {
      return try attempt(store)
    } catch let error as DamagedMirror {
      context.progress.warn("the mirror of \(url) is damaged and is made anew: \(error.underlying.message)")
      store.markDamaged(error.generation)
      do { return try attempt(store) } catch let error as DamagedMirror { throw error.underlying }
    }
  }

  /// An object that the mirror ought to have could not be read.
  private struct DamagedMirror: Error {
    let generation: String
    let underlying: CheckoutError
  }

  private func attempt(_ store: MirrorStore?) throws -> Outcome {
    if let store {
      let snapshot = try store.snapshot(of: url, request, for: directory)
      do {
        return try checkOut(snapshot, isBorrowed: true)
      } catch let error as CheckoutError where error.code == .corrupt {
        throw DamagedMirror(generation: snapshot.path, underlying: error)
      }
    }
    try gitDirectory.create()
    let own = gitDirectory.path + "/journeyman-fetch.git"
    let snapshot = try MirrorStore(directory: "", context: context).fill(own, from: url, request)
    return try checkOut(snapshot, isBorrowed: false)
  }

  private func checkOut(_ snapshot: borrowing MirrorSnapshot, isBorrowed: Bool) throws -> Outcome {
    context.progress.enter(.prepare, url)
    var objects = snapshot.path
    let reuses = isBorrowed
    if isBorrowed {
      try gitDirectory.create()
      try gitDirectory.borrowObjects(of: snapshot.path)
    }
    // HEAD is only set to a commit that is there.
    if !isBorrowed { try gitDirectory.adoptObjects(of: snapshot.path) }
    try gitDirectory.furnish(from: snapshot, url: url, tracksBranch: gitLink == nil)
    if !isBorrowed {
      try FileSystem.removeTree(snapshot.path)
      objects = gitDirectory.path
    }
    let description = try snapshot.commit.map { id in try Repository(opening: objects).commit(at: id).description }
    let record: WorkspaceRecord? =
      if isBorrowed, let mirrors = context.options.mirrors { try WorkspaceRecord(of: directory, in: mirrors) } else {
        nil
      }
    let worktree = Worktree(directory: directory, owner: owner, context: context)
    let listing = try worktree.write(
      description.flatMap { ObjectID(hexadecimal: $0.tree) }, from: objects, record: record, reuses: reuses,
      index: gitDirectory.path + "/index", url: url, gitLink: gitLink)
    return Outcome(
      snapshotPath: isBorrowed ? snapshot.path : nil, resolution: snapshot.resolution, commit: description,
      listing: listing, objects: objects)
  }
}
