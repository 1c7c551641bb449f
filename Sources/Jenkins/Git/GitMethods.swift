internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanJenkinsModel
internal import JourneymanSupport

/// The methods of `GitClient` and `IGitAPI` (git-client plugin), one call each.
struct GitMethods {
  let repository: GitRepository
  let arguments: [JavaValue]
  let call: Call

  private var first: JavaValue { arguments.first ?? .null }
  private func text(_ index: Int) -> String? { arguments.indices.contains(index) ? arguments[index].string : nil }
  private func flag(_ index: Int) -> Bool { arguments.indices.contains(index) && arguments[index].boolean == true }
  private func id(_ index: Int) -> String? { arguments.indices.contains(index) ? GitObjects.id(arguments[index]) : nil }

  /// - Throws: ``GitException``, also for a method that is not known.
  func answer(_ method: String) async throws -> JavaOutput {
    if let answer = try await setUp(method) { return answer }
    if let answer = try await names(method) { return answer }
    if let answer = try await history(method) { return answer }
    if let answer = try await change(method) { return answer }
    if let answer = try await servers(method) { return answer }
    throw GitException(unsupported: "The method '\(method)' of the git client")
  }

  // MARK: The object itself

  private func setUp(_ method: String) async throws -> JavaOutput? {
    switch method {
    case "setProxy":
      if !first.isNull { try await repository.say("the agent uses the proxy of agent.conf, not the controller's") }
    case "addCredentials":
      try await repository.addCredential(arguments.count > 1 ? arguments[1] : .null, for: first.string)
    case "addDefaultCredentials", "setCredentials": try await repository.addCredential(first, for: nil)
    case "clearCredentials": repository.clearCredentials()
    case "setAuthor", "setCommitter":
      // Given by name and mail address, or as JGit's `PersonIdent`.
      let person = first.object
      repository.setCommitter(text(0) ?? person?["name"].string, text(1) ?? person?["emailAddress"].string)
    case "getWorkTree": return BrowserCallables.filePath(repository.path)
    case "hasGitRepo": return try await yes(.exists, "rev-parse --resolve-git-dir \(repository.path)/.git")
    case "isBareRepository": return .booleanObject(false)
    case "setupSubmoduleUrls", "submoduleInit", "submoduleSync": break
    case "withRepository": return try await withRepository()
    default: return nil
    }
    return .null
  }

  // MARK: Names

  private func names(_ method: String) async throws -> JavaOutput? {
    switch method {
    case "revParse":
      let name = text(0) ?? "HEAD"
      return try await strings(.resolve(name), "rev-parse \(name)^{commit}").first.map(GitObjects.output) ?? .null
    case "isCommitInRepo": return try await yes(.contains(id(0) ?? ""), "rev-list --no-walk \(id(0) ?? "")")
    case "getRemoteBranches":
      let found = try await references("refs/remotes/")
      for branch in found { try await repository.say("Seen branch in repository \(branch.name.dropFirst(13))") }
      try await repository.say(found.count == 1 ? "Seen 1 remote branch" : "Seen \(found.count) remote branches")
      return GitObjects.set(found, dropping: "refs/remotes/", areBranches: true)
    case "getTags":
      return GitObjects.set(try await references("refs/tags/"), dropping: "refs/tags/", areBranches: false)
    case "getBranches":
      let all = try await references("refs/heads/") + references("refs/remotes/")
      return GitObjects.set(GitObjects.branches(all))
    case "getBranchesContaining":
      let isAll = arguments.count < 2 || flag(1)
      let step = GitStep.branchesContaining(text(0) ?? "HEAD", all: isAll)
      guard case .references(let found) = try await run(step, "branch --contains \(text(0) ?? "HEAD")") else {
        return .null
      }
      return .list(GitObjects.branches(found))
    case "getTagNames":
      let pattern = text(0) ?? "*"
      let names = try await references("refs/tags/").map { String($0.name.dropFirst(10)) }
      return GitObjects.set(names.filter { fnmatch(pattern, $0, 0) == 0 }.map { .string($0) })
    case "tagExists":
      let name = "refs/tags/" + (text(0) ?? "")
      return .booleanObject(try await references("refs/tags/").contains { $0.name == name })
    case "getTagMessage":
      return .optional(try await strings(.tagMessage(text(0) ?? ""), "tag -l \(text(0) ?? "")").first)
    case "refExists":
      let name = referenceName
      return .booleanObject(
        try await references("refs/").contains { $0.name == name || $0.name.hasSuffix("/" + name) })
    case "getRefNames":
      let prefix = referenceName
      let found = try await references("refs/").map(\.name).filter { name in
        prefix.isEmpty || name == prefix || name.hasPrefix(prefix.hasSuffix("/") ? prefix : prefix + "/")
      }
      return GitObjects.set(found.map { .string($0) })
    case "describe": return .optional(try await strings(.describe(text(0) ?? "HEAD"), "describe --tags").first)
    default: return nil
    }
  }

  /// The plugin lets nobody make references with spaces.
  private var referenceName: String { (text(0) ?? "").replacing(" ", with: "_") }

  // MARK: History

  private func history(_ method: String) async throws -> JavaOutput? {
    switch method {
    case "mergeBase":
      let (left, right) = (id(0) ?? "", id(1) ?? "")
      let found = try await strings(.mergeBase(left, right), "merge-base \(left) \(right)").first
      return found.map(GitObjects.output) ?? .null
    case "revListAll": return try await commits(nil)
    case "revList", "revListBranch": return try await commits(text(0) ?? "HEAD")
    case "showRevision":
      // Of one commit, or of a range; the last argument tells whether files are listed.
      let single = arguments.count < 2 ? id(0) ?? GitObjects.id(first.object?["sha1"] ?? .null) : nil
      guard let to = single ?? id(1) else { throw GitException(command: "log", reason: "no revision was named") }
      let from = arguments.count < 2 ? nil : id(0)
      let range = from.map { "\($0)..\(to)" } ?? "-1 \(to)"
      let text = try await strings(
        .show(from: from, to: to, listsFiles: arguments.count < 3 || flag(2)),
        "log --full-history --no-abbrev --format=raw -M -m \(range)"
      ).first
      return .list(lines(text ?? "").map { .string($0) })
    case "getSubmodules", "lsTree":
      let isRecursive = method == "getSubmodules" || flag(1)
      let step = GitStep.tree(text(0) ?? "HEAD", recursive: isRecursive)
      guard case .tree(let found) = try await run(step, "ls-tree \(text(0) ?? "HEAD")") else { return .null }
      return GitObjects.entries(method == "lsTree" ? found : found.filter { $0.kind == "commit" })
    case "hasGitModules": return try await yes(.hasModules, "submodule status", isSilent: true)
    default: return nil
    }
  }

  private func commits(_ revision: String?) async throws -> JavaOutput {
    .list(try await strings(.history(revision), "rev-list \(revision ?? "--all")").map(GitObjects.output))
  }

  /// As Java's `split`: without empty ones at the end.
  private func lines(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    while lines.count > 1, lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  // MARK: Changes

  private func change(_ method: String) async throws -> JavaOutput? {
    let name = text(0) ?? ""
    switch method {
    case "init": try await run(.create, "init \(repository.path)")
    case "clean":
      try await run(.clean(thorough: flag(0)), "reset --hard")
      try await repository.say(" > git clean \(flag(0) ? "-ffdx" : "-fdx") # timeout=10")
    case "tag":
      let (author, email) = repository.committer
      try await run(
        .tag(name, message: text(1) ?? "", name: author, email: email), "tag -a -f -m \(text(1) ?? "") \(name)")
    case "deleteTag": try await run(.removeReference("refs/tags/" + name), "tag -d \(name)")
    case "branch": try await run(.setReference("refs/heads/" + name, replaces: false), "branch \(name)")
    case "deleteBranch": try await run(.removeReference("refs/heads/" + name), "branch -D \(name)")
    case "ref": try await run(.setReference(referenceName, replaces: true), "update-ref \(referenceName) HEAD")
    case "deleteRef": try await run(.removeReference(referenceName), "update-ref -d \(referenceName)")
    case "checkout": try await run(.checkOut(name, branch: text(1), largeFiles: .leave), "checkout -f \(name)")
    case "checkoutBranch":
      let revision = text(1) ?? "HEAD"
      try await run(.checkOut(revision, branch: text(0), largeFiles: .leave), "checkout -f \(revision)")
    case "merge":
      guard let revision = id(0) ?? text(0) else {
        throw GitException(command: "merge", reason: "no revision was named")
      }
      let (author, email) = repository.committer
      try await run(.merge(revision, fastForward: "FF", name: author, email: email), "merge \(revision)")
    default: return nil
    }
    return .null
  }

  // MARK: Servers

  private func servers(_ method: String) async throws -> JavaOutput? {
    switch method {
    case "setRemoteUrl", "addRemoteUrl":
      let name = text(0) ?? "origin"
      try await run(.setRemote(name, url: text(1) ?? ""), "config remote.\(name).url \(text(1) ?? "")")
      return .null
    case "getRemoteUrl":
      let name = text(0) ?? "origin"
      return .optional(try await strings(.remote(name), "config --get remote.\(name).url").first)
    case "getDefaultRemote":
      // As the plugin does: "origin" if there is one.
      return .optional(try await strings(.remote("origin"), "remote").isEmpty ? text(0) : "origin")
    case "push":
      let url = GitObjects.address(first) ?? ""
      let isName = first.object == nil && !url.utf8.contains(UInt8(ascii: ":")) && !url.hasPrefix("/")
      let target = isName ? try await strings(.remote(url), "config --get remote.\(url).url").first ?? "" : url
      try await GitCommand.push(repository, to: target, text(1), force: false, tags: false, minutes: 10, call)
      return .null
    case "getHeadRev", "getRemoteReferences", "getRemoteSymbolicReferences", "getRemoteTagNames":
      return try await list(method)
    default: return nil
    }
  }

  private func list(_ method: String) async throws -> JavaOutput {
    var url = text(0) ?? ""
    if method == "getRemoteTagNames" {
      url = try await strings(.remote("origin"), "config --get remote.origin.url").first ?? ""
    }
    guard
      case .listing(let found, let head) = try await repository.run(
        .list(url: url), "ls-remote \(URLLogin.removed(from: url))", call, login: url)
    else { return .null }
    let listing = GitListing(references: found, head: head)
    switch method {
    case "getHeadRev":
      guard let branch = text(1) else { return map(listing.heads) }
      return listing.head(ofBranch: branch).map(GitObjects.output) ?? .null
    case "getRemoteReferences": return map(listing.matching(text(1), headsOnly: flag(2), tagsOnly: flag(3)))
    case "getRemoteSymbolicReferences":
      guard let head, GitListing.matches("HEAD", text(1)) else { return .map([]) }
      return .map([(.string("HEAD"), .string(head))])
    default: return GitObjects.set(listing.tagNames(matching: text(0)).map { .string($0) })
    }
  }

  private func map(_ references: [String: String]) -> JavaOutput {
    .map(references.sorted { $0.key < $1.key }.map { (.string($0.key), GitObjects.output($0.value)) })
  }

  // MARK: Steps

  @discardableResult
  private func run(_ step: GitStep, _ command: String, isSilent: Bool = false) async throws -> JobAnswer {
    try await repository.run(step, command, call, isSilent: isSilent)
  }

  private func yes(_ step: GitStep, _ command: String, isSilent: Bool = false) async throws -> JavaOutput {
    guard case .flag(let value) = try await run(step, command, isSilent: isSilent) else { return .null }
    return .booleanObject(value)
  }

  private func strings(_ step: GitStep, _ command: String) async throws -> [String] {
    guard case .names(let names) = try await run(step, command) else { return [] }
    return names
  }

  private func references(_ prefix: String) async throws -> [GitReference] {
    let answer = try await run(.references(prefix), "for-each-ref \(prefix)", isSilent: true)
    guard case .references(let found) = answer else { return [] }
    return found
  }

  /// Code of plugins that would run on the repository: what each is for is done here.
  private func withRepository() async throws -> JavaOutput {
    guard let callback = first.object else { return .null }
    switch callback["implClass"].string ?? callback.className {
    case "jenkins/plugins/git/GitHooksConfiguration": return .null
    case "hudson/plugins/git/util/DefaultBuildChooser":
      let revisions = callback["capturedArgs"].list?.first?.list ?? []
      let ids = revisions.compactMap { GitObjects.id($0.object?["sha1"] ?? .null) }
      guard case .names(let tips) = try await run(.tips(ids), "merge-base --is-ancestor", isSilent: true) else {
        return .list([])
      }
      return .list(
        revisions.filter { tips.contains(GitObjects.id($0.object?["sha1"] ?? .null) ?? "") }
          .map { GitObjects.output(revision: $0) })
    case "hudson.plugins.git.util.RevCommitRepositoryCallback":
      let id = GitObjects.id(callback["revToBuild"].object?["revision"].object?["sha1"] ?? .null) ?? "HEAD"
      guard case .commit(let commit) = try await run(.commit(id), "cat-file commit \(id)", isSilent: true) else {
        return .null
      }
      return GitObjects.output(commit)
    case let name: throw GitException(unsupported: "Running the Java code of \(name) on a repository")
    }
  }
}
