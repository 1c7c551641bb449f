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
    let answer = try carryOut(copy)
    if changesFiles, let owner = job.owner { try give(to: owner) }
    return answer
  }

  private var changesFiles: Bool {
    switch job.step {
    case .clone, .fetch, .setRemote, .checkOut, .clean, .updateSubmodules, .merge: true
    default: false
    }
  }

  private func carryOut(_ copy: WorkingCopy) throws -> JobAnswer {
    switch job.step {
    case .exists: return .flag(copy.exists)
    case .clone(let remote, let fetch):
      try copy.create()
      try copy.fetch(from: address(fetch.url), fetch.specifications, tags: fetch.tags, prune: false)
      try copy.configure("remote.\(remote).url", URLLogin.removed(from: fetch.url))
      try copy.configure("remote.\(remote).fetch", fetch.specifications.first ?? "")
    case .fetch(let fetch):
      try copy.fetch(from: address(fetch.url), fetch.specifications, tags: fetch.tags, prune: fetch.prune)
    case .setRemote(let name, let url): try copy.configure("remote.\(name).url", URLLogin.removed(from: url))
    case .remote(let name): return .names([copy.remoteAddress(name)].compactMap(\.self))
    case .resolve(let name): return .names([try copy.commit(name)])
    case .contains(let id): return .flag(try copy.contains(id))
    case .checkOut(let revision, let branch): try copy.checkOut(revision, branch: branch)
    case .clean: try copy.clean()
    case .hasModules: return .flag(copy.hasModules)
    case .updateSubmodules: return .names(try copy.updateSubmodules())
    case .merge(let revision, let fastForward, let name, let email):
      try copy.merge(
        revision, WorkingCopy.FastForward(rawValue: fastForward) ?? .allowed, author: (name: name, email: email))
    case .references(let prefix):
      return .references(try copy.references(prefix).map { GitReference(name: $0.name, commit: $0.commit) })
    case .changelog(let includes, let excludes, let limit):
      return .names([try copy.changelog(includes, excludes: excludes, limit: limit)])
    case .commit(let id):
      let commit = try copy.stored(id)
      return .commit(
        GitCommit(
          id: commit.id, tree: commit.tree, parents: commit.parents, time: commit.time, content: commit.content))
    case .tips(let ids): return .names(try copy.tips(of: ids))
    }
    return .names([])
  }

  // MARK: Access

  private var options: CheckoutOptions {
    var options = CheckoutOptions(job.checkout)
    options.mirrors = nil
    // The controller brings the credentials.
    options.credentialHelper = nil
    return options
  }

  /// A login goes to the server it was given for, and to no other.
  private var credentials: CheckoutCredentials {
    var result = CheckoutCredentials()
    for credential in job.credentials {
      let secret = PendingSecret(Secret(credential.password))
      if let key = credential.key {
        let passphrase = credential.password.isEmpty ? nil : secret
        result.key = CheckoutCredentials.Key(.text(Secret(key)), passphrase: passphrase)
      } else if let url = credential.url {
        result.logins.append(.init(server: url, authorization: .basic(user: credential.user, password: secret)))
      }
    }
    return result
  }

  /// An ssh address without a user gets the credential's.
  private func address(_ url: String) -> String {
    guard let user = job.credentials.first(where: { $0.key != nil })?.user, !user.isEmpty else { return url }
    if url.hasPrefix("ssh://") {
      let rest = url.dropFirst("ssh://".count)
      return rest.prefix { $0 != "/" }.contains("@") ? url : "ssh://\(user)@\(rest)"
    }
    let isShort = !url.contains("://") && !url.hasPrefix("/") && url.contains(":")
    return isShort && !url.prefix(while: { $0 != ":" }).contains("@") ? "\(user)@\(url)" : url
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
