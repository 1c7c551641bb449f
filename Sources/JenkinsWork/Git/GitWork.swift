internal import CLinux
internal import Foundation
internal import JourneymanCheckout
internal import JourneymanJenkinsModel
internal import JourneymanSupport

/// Carries out a step of the git plugin by libgit2.
struct GitWork {
  let job: GitJob
  /// The directory; it is what `job.directory` named when the job was given.
  let root: Int32
  let log: @Sendable (String) -> Void

  /// - Parameter started: is given what stops the work.
  func run(_ started: (@escaping @Sendable () -> Void) -> Void) throws -> JobAnswer {
    let home = StandardPaths.home()
    let files = [job.checkout.knownHosts, job.checkout.caFile, job.checkout.sshKey].compactMap(\.self)
    let program = try ProgramPath.own()
    try Confinement.confine(
      to: root, writable: [job.scratch],
      readable: [home + "/.ssh", PathName.directory(of: program)] + files + job.localRepositories)
    let copy = try WorkingCopy(job.directory, options: options, credentials: credentials, warn: log)
    started(copy.cancel)
    if changesFiles { try copy.removeLeftovers(isAlone: job.owner != nil) }
    let answer = try carryOut(copy)
    if changesFiles, let owner = job.owner { try give(to: owner) }
    return answer
  }

  private var changesFiles: Bool {
    switch job.step {
    case .exists, .remote, .resolve, .contains, .hasModules, .references, .changelog, .commit, .tips, .list,
      .tagMessage,
      .branchesContaining, .mergeBase, .describe, .history, .show, .tree:
      false
    case .clone, .fetch, .setRemote, .checkOut, .clean, .updateSubmodules, .merge, .create, .push, .tag, .setReference,
      .removeReference:
      true
    }
  }

  private func carryOut(_ copy: WorkingCopy) throws -> JobAnswer {
    switch job.step {
    case .clone(let remote, let fetch):
      try copy.create()
      try copy.fetch(from: fetch.url, fetch.specifications, tags: fetch.tags, prune: false)
      try copy.configure("remote.\(remote).url", URLLogin.removed(from: fetch.url))
      try copy.configure("remote.\(remote).fetch", fetch.specifications.first ?? "")
    case .fetch(let fetch):
      try copy.fetch(from: fetch.url, fetch.specifications, tags: fetch.tags, prune: fetch.prune)
    case .setRemote(let name, let url): try copy.configure("remote.\(name).url", URLLogin.removed(from: url))
    case .checkOut(let revision, let branch, let largeFiles):
      try copy.checkOut(revision, branch: branch)
      try see(to: largeFiles, in: copy)
    case .clean(let isThorough): try copy.clean(thorough: isThorough)
    case .updateSubmodules(let isRecursive): return .names(try copy.updateSubmodules(recursive: isRecursive))
    case .merge(let revision, let fastForward, let name, let email, let message, let prefersTheirs):
      try copy.merge(
        revision, WorkingCopy.FastForward(rawValue: fastForward) ?? .allowed, author: (name: name, email: email),
        message: message, prefersTheirs: prefersTheirs)
    case .create: if !copy.exists { try copy.initialize() }
    case .push(let url, let specification, let force, let tags):
      try copy.push(to: url, specification, force: force, tags: tags)
    case .tag(let tag, let message, let name, let email):
      try copy.tag(tag, message: message, tagger: (name: name, email: email))
    case .setReference(let name, let replaces): try copy.createReference(name, replaces: replaces)
    case .removeReference(let name): try copy.removeReference(name)
    default: return try answer(copy)
    }
    return .names([])
  }

  /// Answers what changes nothing.
  private func answer(_ copy: WorkingCopy) throws -> JobAnswer {
    let references: ([(name: String, commit: String)]) -> JobAnswer = { found in
      .references(found.map { GitReference(name: $0.name, commit: $0.commit) })
    }
    switch job.step {
    case .exists: return .flag(copy.exists)
    case .remote(let name): return .names([copy.remoteAddress(name)].compactMap(\.self))
    case .resolve(let name): return .names([try copy.commit(name)])
    case .contains(let id): return .flag(try copy.contains(id))
    case .hasModules: return .flag(copy.hasModules)
    case .references(let prefix): return references(try copy.references(prefix))
    case .changelog(let includes, let excludes, let limit):
      return .names([try copy.changelog(includes, excludes: excludes, limit: limit)])
    case .commit(let id):
      let commit = try copy.stored(id)
      return .commit(
        GitCommit(
          id: commit.id, tree: commit.tree, parents: commit.parents, time: commit.time, content: commit.content))
    case .tips(let ids): return .names(try copy.tips(of: ids))
    case .list(let url):
      let listing = try copy.list(url)
      return .listing(listing.references.map { GitReference(name: $0.name, commit: $0.id) }, head: listing.head)
    case .tagMessage(let name): return .names([try copy.tagMessage(name)])
    case .branchesContaining(let revision, let all):
      return references(try copy.branches(containing: revision, all: all))
    case .mergeBase(let first, let second): return .names([try copy.mergeBase(first, second)].compactMap(\.self))
    case .describe(let revision): return .names([try copy.describe(revision)])
    case .history(let revision): return .names(try copy.history(of: revision, limit: 500_000))
    case .show(let from, let to, let listsFiles):
      return .names([try copy.show(from: from, to: to, listsFiles: listsFiles)])
    case .tree(let revision, let isRecursive):
      return .tree(
        try copy.entries(of: revision, recursive: isRecursive).map {
          GitTreeEntry(mode: $0.mode, kind: $0.kind, id: $0.id, path: $0.path)
        })
    default: return .names([])
    }
  }

  /// Fetches the contents of large files, or tells the build's log once that they are not there.
  private func see(to largeFiles: GitLargeFiles, in copy: WorkingCopy) throws {
    switch largeFiles {
    case .pull(let url): try copy.pullLargeFiles(from: url)
    case .leave:
      let paths = try copy.largeFiles()
      guard let first = paths.first else { return }
      let others = paths.count > 1 ? " and \(paths.count - 1) more" : ""
      log(
        "\(first)\(others): Git LFS keeps the content elsewhere, and the file holds only a pointer; add 'Git LFS pull "
          + "after checkout' to the job, or run 'git lfs pull' in a step")
    }
  }

  // MARK: Access

  private var options: CheckoutOptions {
    var options = CheckoutOptions(job.checkout)
    options.mirrors = nil
    // The controller brings the credentials.
    options.credentialHelper = nil
    return options
  }

  /// A login or key is for the server it was given for, and for no other.
  private var credentials: CheckoutCredentials {
    var result = CheckoutCredentials()
    for credential in job.credentials {
      let secret = PendingSecret(Secret(credential.password))
      if let key = credential.key {
        let passphrase = credential.password.isEmpty ? nil : secret
        result.key = CheckoutCredentials.Key(
          .text(Secret(key)), passphrase: passphrase, server: credential.url,
          user: credential.user.isEmpty ? nil : credential.user)
      } else if let url = credential.url {
        result.logins.append(.init(server: url, authorization: .basic(user: credential.user, password: secret)))
      }
    }
    return result
  }

  // MARK: Ownership

  /// Gives what belongs to this process's user, and so was made by it, to the user of builds. Nothing is followed.
  private func give(to owner: UInt32) throws {
    var pending: [[UInt8]] = [[]]
    let own = geteuid()
    while let path = pending.popLast() {
      let directory = try FileSystem.openBeneath(root, bytes: path, flags: O_RDONLY | O_DIRECTORY)
      for entry in try FileSystem.rawEntries(of: directory.number, shown: job.directory) {
        let name = entry.name.map { CChar(bitPattern: $0) } + [0]
        var status = stat()
        if fstatat(directory.number, name, &status, AT_SYMLINK_NOFOLLOW) != 0 { continue }
        if status.st_uid == own { fchownat(directory.number, name, owner, owner, AT_SYMLINK_NOFOLLOW) }
        if status.st_mode & S_IFMT == S_IFDIR {
          pending.append(path.isEmpty ? entry.name : path + [UInt8(ascii: "/")] + entry.name)
        }
      }
    }
  }
}
