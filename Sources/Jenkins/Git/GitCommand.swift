internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanJenkinsModel
internal import JourneymanSupport

/// A command of the git plugin with what was set on it.
struct GitCommand {
  private let name: String
  /// The arguments of each call, by the method's name.
  private let calls: [String: [JavaValue]]

  private static let everyBranch = "+refs/heads/*:refs/remotes/origin/*"

  init(_ className: String, _ invocations: JavaValue) {
    name = className.split(separator: ".").last.map(String.init) ?? className
    var calls: [String: [JavaValue]] = [:]
    for invocation in invocations.list ?? [] {
      guard let method = invocation.object?["methodName"].string else { continue }
      calls[method, default: []] += invocation.object?["args"].list ?? []
    }
    self.calls = calls
  }

  private func text(_ method: String) -> String? { calls[method]?.first?.string }
  private var minutes: Int64 { calls["timeout"]?.first?.integer ?? 10 }

  func run(on repository: GitRepository, _ call: Call) async throws -> JavaOutput {
    switch name {
    case "CloneCommand": try await clone(repository, call)
    case "FetchCommand": try await fetch(repository, call)
    case "CheckoutCommand": try await checkOut(repository, call)
    case "SubmoduleUpdateCommand": try await updateSubmodules(repository, call)
    case "MergeCommand": try await merge(repository, call)
    case "ChangelogCommand": try await changelog(repository, call)
    case "PushCommand": try await push(repository, call)
    case "InitCommand": try await initialize(repository, call)
    default: throw GitException(unsupported: "The command '\(name)' of the git client")
    }
    return .null
  }

  // MARK: Commands

  private func noteDepth(_ repository: GitRepository) async throws {
    guard calls["shallow"]?.first?.boolean == true || calls["depth"] != nil else { return }
    try await repository.say("a shallow history was asked for; this agent fetches the whole one")
  }

  private func commandLine(_ fetch: GitFetch) -> String {
    let tags = fetch.tags ? "--tags" : "--no-tags"
    let prune = fetch.prune ? " --prune" : ""
    return "fetch \(tags) --force --progress\(prune) -- \(URLLogin.removed(from: fetch.url)) "
      + fetch.specifications.joined(separator: " ")
  }

  private func clone(_ repository: GitRepository, _ call: Call) async throws {
    let url = GitObjects.address(calls["url"]?.first ?? .null) ?? ""
    let remote = text("repositoryName") ?? "origin"
    let given = (calls["refspecs"]?.first?.list ?? []).compactMap(GitObjects.specification)
    let standard = Self.everyBranch.replacing("/origin/", with: "/\(remote)/")
    let fetch = GitFetch(
      url: url, specifications: given.isEmpty ? [standard] : given, tags: calls["tags"]?.first?.boolean ?? true)
    try await repository.say("Cloning repository \(url)")
    try await repository.say(" > git init \(repository.path) # timeout=10")
    try await noteDepth(repository)
    try await Self.sayCredential(repository, url)
    try await repository.run(
      .clone(remote: remote, fetch), commandLine(fetch), call, login: url, minutes: minutes)
  }

  private func fetch(_ repository: GitRepository, _ call: Call) async throws {
    let from = calls["from"] ?? []
    let url = GitObjects.address(from.first ?? .null) ?? ""
    let specifications = (from.dropFirst().first?.list ?? []).compactMap(GitObjects.specification)
    let fetch = GitFetch(
      url: url, specifications: specifications.isEmpty ? [Self.everyBranch] : specifications,
      tags: calls["tags"]?.first?.boolean ?? true,
      prune: calls["prune"].map { $0.first?.boolean ?? true } ?? false)
    try await repository.say("Fetching upstream changes from \(url)")
    try await noteDepth(repository)
    try await Self.sayCredential(repository, url)
    try await repository.run(.fetch(fetch), commandLine(fetch), call, login: url, minutes: minutes)
  }

  private static func sayCredential(_ repository: GitRepository, _ url: String) async throws {
    guard let credential = repository.credentials(for: url).first else { return }
    try await repository.say("using \(credential.description)")
  }

  private func checkOut(_ repository: GitRepository, _ call: Call) async throws {
    let revision = text("ref") ?? "HEAD"
    if let paths = calls["sparseCheckoutPaths"]?.first, !paths.isNull {
      try await repository.say("a sparse checkout was asked for; this agent checks all files out")
    }
    let branch = text("branch")
    var largeFiles = GitLargeFiles.leave
    var login: String?
    var credential: GitCredential?
    if let remote = text("lfsRemote") {
      let url = try await repository.address(of: remote, call) ?? ""
      largeFiles = .pull(url: url)
      login = url
      credential = calls["lfsCredentials"]?.first.flatMap { GitObjects.credential($0, for: url) }
    }
    try await repository.run(
      .checkOut(revision, branch: branch, largeFiles: largeFiles), "checkout -f \(revision)", call, login: login,
      credential: credential, minutes: minutes)
    if let branch { try await repository.say(" > git checkout -b \(branch) \(revision) # timeout=\(minutes)") }
  }

  private func updateSubmodules(_ repository: GitRepository, _ call: Call) async throws {
    try await noteDepth(repository)
    if calls["remoteTracking"]?.first?.boolean == true {
      try await repository.say(
        "submodules are checked out at the commits that the repository names, not at their branches")
    }
    let usesLogin = calls["parentCredentials"]?.first?.boolean == true
    let login = usesLogin ? try await repository.address(of: "origin", call) : nil
    let isRecursive = calls["recursive"]?.first?.boolean == true
    try await repository.run(
      .updateSubmodules(recursive: isRecursive), "submodule update --init\(isRecursive ? " --recursive" : "")", call,
      login: login, minutes: minutes)
  }

  private func push(_ repository: GitRepository, _ call: Call) async throws {
    guard let url = calls["to"]?.first.flatMap(GitObjects.address) else {
      throw GitException(command: "push", reason: "PushCommand requires a 'remote'")
    }
    try await Self.push(
      repository, to: url, text("ref"), force: calls["force"].map { $0.first?.boolean ?? true } ?? false,
      tags: calls["tags"]?.first?.boolean == true, minutes: minutes, call)
  }

  /// Pushes to a repository.
  static func push(
    _ repository: GitRepository, to url: String, _ specification: String?, force: Bool, tags: Bool, minutes: Int64,
    _ call: Call
  ) async throws {
    try await sayCredential(repository, url)
    let words = [specification, force ? "-f" : nil, tags ? "--tags" : nil].compactMap(\.self).map { " " + $0 }
    try await repository.run(
      .push(url: url, specification, force: force, tags: tags),
      "push \(URLLogin.removed(from: url))\(words.joined())", call, login: url, minutes: minutes)
  }

  private func initialize(_ repository: GitRepository, _ call: Call) async throws {
    if calls["bare"]?.first?.boolean == true { throw GitException(unsupported: "Making a bare repository") }
    if let place = text("workspace"), place != repository.path {
      throw GitException(unsupported: "Making a repository at another place than the workspace")
    }
    try await repository.run(.create, "init \(repository.path)", call)
  }

  private func merge(_ repository: GitRepository, _ call: Call) async throws {
    guard let revision = GitObjects.id(calls["setRevisionToMerge"]?.first ?? .null) else {
      throw GitException(command: "merge", reason: "no revision was named")
    }
    // A constant of an enumeration, or none.
    let constant: (String) -> String? = { method in
      if case .enumeration(let value)? = calls[method]?.first { value.constant } else { nil }
    }
    let strategy = constant("setStrategy") ?? "DEFAULT"
    guard ["DEFAULT", "RESOLVE", "RECURSIVE", "RECURSIVE_THEIRS"].contains(strategy) else {
      throw GitException(unsupported: "A merge by the strategy \(strategy)")
    }
    if calls["setSquash"]?.first?.boolean == true || calls["setCommit"]?.first?.boolean == false {
      throw GitException(unsupported: "A merge without a commit of its own")
    }
    let mode = constant("setGitPluginFastForwardMode") ?? "FF"
    let (name, email) = repository.committer
    try await repository.run(
      .merge(
        revision, fastForward: mode, name: name, email: email, message: text("setMessage"),
        prefersTheirs: strategy == "RECURSIVE_THEIRS"), "merge --ff \(revision)", call, minutes: minutes)
  }

  private func changelog(_ repository: GitRepository, _ call: Call) async throws {
    let revisions: (String) -> [String] = { method in
      (calls[method] ?? []).compactMap { GitObjects.id($0) ?? $0.string }
    }
    let limit = Int(calls["max"]?.first?.integer ?? 1024)
    guard let writer = calls["to"]?.first, let number = StreamReferences.writer(writer) else {
      throw JenkinsError(.protocolBroken, "the controller wants a changelog in no place")
    }
    let excludes = revisions("excludes")
    let answer = try await repository.run(
      .changelog(revisions("includes"), excludes: excludes, limit: limit), "log --raw", call, isSilent: true)
    guard case .names(let texts) = answer else { return }
    for text in texts { try await call.channel.write(text, to: number) }
    try await call.channel.endText(number)
  }
}
