internal import CGit2
import Foundation
internal import JourneymanSupport

/// Files whose contents Git LFS keeps elsewhere. No filter program is ever run for them.
extension WorkingCopy {
  /// The paths of HEAD that hold a Git LFS pointer instead of a content.
  package func largeFiles() throws -> [String] { try pointers().map(\.path) }

  /// Replaces the pointers in the work tree by the contents that a server has, as `git lfs pull`.
  ///
  /// - Parameter address: the repository, whose server's address follows from it.
  package func pullLargeFiles(from address: String) throws {
    let url = try LocalRepository.located(RepositoryURL(address))
    let found = try pointers()
    let store = LargeFileStore(directory: gitDirectory + "/lfs/objects")
    let missing = Set(found.map(\.pointer)).filter { !store.contains($0) }
    if !missing.isEmpty {
      try LargeFileServer(of: url, context: context).fetch(missing.sorted { $0.oid < $1.oid }, into: store)
    }
    let root = try FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY)
    for (name, pointer) in found {
      try context.cancellation.check()
      let file = try FileSystem.openBeneath(root.number, name, flags: O_WRONLY | O_TRUNC | O_NONBLOCK)
      let content = try FileSystem.open(store.path(of: pointer), flags: O_RDONLY | O_NOFOLLOW)
      try FileSystem.copyContent(from: content.number, to: file.number, name: name)
    }
  }

  private func pointers() throws -> [(path: String, pointer: LargeFilePointer)] {
    let repository = try open()
    let commit = try repository.commit(at: try Self.commit("HEAD", in: repository))
    guard let tree = commit.tree else { return [] }
    let listing = try TreeListing(of: tree, in: repository, cancellation: context.cancellation)
    let database = try repository.objectDatabase()
    let rules = try ConversionRules(for: listing, in: gitDirectory)
    var found: [(path: String, pointer: LargeFilePointer)] = []
    for entry in listing.entries where entry.mode == .file || entry.mode == .executable {
      try context.cancellation.check()
      let isLargeFile = try listing.withPath(of: entry) { path, _ in try rules.rule(for: path).isLargeFile }
      if !isLargeFile { continue }
      let content = try database.read(entry.id, as: GIT_OBJECT_BLOB)
      if let pointer = content.withBytes({ LargeFilePointer($0) }) {
        found.append((listing.shownPath(at: entry.path), pointer))
      }
    }
    return found
  }
}
