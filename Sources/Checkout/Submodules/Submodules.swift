internal import CGit2
import Foundation
internal import JourneymanSupport

/// Checks out the submodules of a work tree, and theirs.
struct Submodules {
  private let parent: RepositoryCheckout.Outcome
  private let url: RepositoryURL
  private let directory: String
  private let gitDirectory: GitDirectory
  private let context: CheckoutContext
  /// The path of the work tree within the workspace, with a slash at its end unless it is the workspace.
  private let prefix: String
  private let depth: Int
  /// Whether the submodules of submodules are checked out too.
  private let isRecursive: Bool
  private static let deepest = 20

  init(
    of parent: RepositoryCheckout.Outcome, url: RepositoryURL, directory: String, gitDirectory: GitDirectory,
    context: CheckoutContext, prefix: String = "", depth: Int = 0, isRecursive: Bool = true
  ) {
    self.parent = parent
    self.url = url
    self.directory = directory
    self.gitDirectory = gitDirectory
    self.context = context
    self.prefix = prefix
    self.depth = depth
    self.isRecursive = isRecursive
  }

  /// Checks them out, one after another.
  ///
  /// - Throws: ``CheckoutError``; `refused` for a name, path or URL that must not be used.
  func checkOut(owner: CheckoutRequest.Owner?, into revision: inout CheckedOutRevision) throws {
    guard let listing = parent.listing else { return }
    let links = listing.entries.filter { $0.mode == .submodule }
    if links.isEmpty { return }
    if depth >= Self.deepest {
      throw CheckoutError(.refused, "refusing the submodules of \(url): they are nested more than \(Self.deepest) deep")
    }
    let modules = try ModulesFile.read(from: listing, objects: parent.objects, scratch: gitDirectory.path)
    try ModulesFile.refuseNestedNames(
      modules.filter { module in links.contains { listing.shownPath(at: $0.path) == module.path } })
    for link in links {
      try context.cancellation.check()
      let path = listing.shownPath(at: link.path)
      guard let module = modules.first(where: { $0.path == path }) else {
        context.progress.warn("the submodule \(prefix)\(path) has no URL in .gitmodules; it stays empty")
        try clear(path)
        continue
      }
      if module.isSkipped {
        try clear(path)
        continue
      }
      try checkOut(module, at: link.id, owner: owner, into: &revision)
    }
  }

  private func checkOut(
    _ module: ModulesFile.Module, at commit: ObjectID, owner: CheckoutRequest.Owner?,
    into revision: inout CheckedOutRevision
  ) throws {
    let address = try LocalRepository.located(
      SubmoduleURL.resolve(module.url, against: url, allowing: context.options.submoduleSchemes))
    let worktree = directory + "/" + module.path
    let path = "\(gitDirectory.path)/modules/\(module.name)"
    let own = GitDirectory(path: path, worktree: Self.relativePath(from: path, to: worktree))
    let outcome = try RepositoryCheckout(
      url: address, request: .commit(commit), directory: worktree, gitDirectory: own,
      gitLink: "gitdir: \(Self.relativePath(from: worktree, to: path))\n", owner: owner, context: context
    ).run()
    try own.finish()
    let repository = try Repository(opening: gitDirectory.path)
    let configuration = try repository.configuration()
    try configuration.set("submodule.\(module.name).active", "true")
    try configuration.set("submodule.\(module.name).url", address.description)
    if let path = outcome.snapshotPath, !revision.mirrors.contains(path) { revision.mirrors.append(path) }
    revision.submodules.append(prefix + module.path)
    if !isRecursive { return }
    try Submodules(
      of: outcome, url: address, directory: worktree, gitDirectory: own, context: context,
      prefix: prefix + module.path + "/", depth: depth + 1
    ).checkOut(owner: owner, into: &revision)
  }

  /// Empties the directory of a submodule that is not checked out.
  private func clear(_ path: String) throws {
    try Worktree(directory: directory + "/" + path, owner: nil, context: context).clear(keepingGit: false)
  }

  /// The way from one directory to another; both are absolute.
  static func relativePath(from start: String, to end: String) -> String {
    let from = start.split(separator: "/"), to = end.split(separator: "/")
    let shared = zip(from, to).prefix { $0 == $1 }.count
    return (Array(repeating: "..", count: from.count - shared) + to[shared...].map(String.init)).joined(separator: "/")
  }
}
