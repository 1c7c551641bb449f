internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanJenkinsModel
internal import JourneymanSupport

/// What the git plugin asks: a repository to call, and commands that it put together call by call.
struct GitCallables: Sendable {
  let setup: GitRepository.Setup

  private static let client = "org.jenkinsci.plugins.gitclient."
  private static let implementation = JavaLayout(
    client + "RemoteGitImpl", 1, [JavaField("proxy", "Lorg/jenkinsci/plugins/gitclient/GitClient;")])
  private static let interface = JavaLayout(proxy: ["hudson.plugins.git.IGitAPI", "hudson.remoting.IReadResolve"])

  func add(to table: inout CallableTable) {
    table[file: Self.client + "Git$GitAPIMasterToSlaveFileCallable"] = { task, path, call in
      let git = task["this$0"].object
      let path = git?["repository"].object?["remote"].string ?? path
      _ = try setup.files.place(path)
      call.keepStreams()
      let repository = GitRepository(
        path, setup, log: ListenerOutput(git?["listener"] ?? .null), streams: Set(StreamReferences(in: task).outputs),
        channel: call.channel)
      let number = call.channel.export(repository)
      return .object(Self.implementation, ["proxy": ProcessCallables.proxy(Self.interface, number)])
    }
    let name = Self.client + "RemoteGitImpl$CommandInvocationHandler$GitCommandMasterToSlaveCallable"
    table[name] = { request, call in
      guard let handler = request["this$0"].object,
        let number = handler["proxy"].object?["h"].object?["oid"].integer,
        let repository = call.channel.exported(Int32(truncatingIfNeeded: number)) as? GitRepository,
        case .classObject(let type) = handler["command"]
      else { throw JenkinsError(.protocolBroken, "the controller gives a git command without a repository") }
      let command = GitCommand(type.name, handler["invocations"])
      return try await command.run(on: repository, call)
    }
  }
}

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
    default:
      throw JenkinsError(.unsupported, "this agent does not know the git plugin's command \(name)")
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
    try await sayCredential(repository, url)
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
    try await sayCredential(repository, url)
    try await repository.run(.fetch(fetch), commandLine(fetch), call, login: url, minutes: minutes)
  }

  private func sayCredential(_ repository: GitRepository, _ url: String) async throws {
    guard let credential = repository.credentials(for: url).first else { return }
    try await repository.say("using \(credential.description)")
  }

  private func checkOut(_ repository: GitRepository, _ call: Call) async throws {
    let revision = text("ref") ?? "HEAD"
    if let paths = calls["sparseCheckoutPaths"]?.first, !paths.isNull {
      try await repository.say("a sparse checkout was asked for; this agent checks all files out")
    }
    let branch = text("branch")
    try await repository.run(
      .checkOut(revision, branch: branch), "checkout -f \(revision)", call, minutes: minutes)
    if let branch { try await repository.say(" > git checkout -b \(branch) \(revision) # timeout=\(minutes)") }
  }

  private func updateSubmodules(_ repository: GitRepository, _ call: Call) async throws {
    try await noteDepth(repository)
    if calls["remoteTracking"]?.first?.boolean == true {
      try await repository.say(
        "submodules are checked out at the commits that the repository names, not at their branches")
    }
    var login: String?
    if calls["parentCredentials"]?.first?.boolean == true,
      case .names(let names) = try await repository.run(
        .remote("origin"), "config --get remote.origin.url", call)
    {
      login = names.first
    }
    let recursive = calls["recursive"]?.first?.boolean == true ? " --recursive" : ""
    try await repository.run(
      .updateSubmodules, "submodule update --init\(recursive)", call, login: login, minutes: minutes)
  }

  private func merge(_ repository: GitRepository, _ call: Call) async throws {
    guard let revision = GitObjects.id(calls["setRevisionToMerge"]?.first ?? .null) else {
      throw JenkinsError(.protocolBroken, "the controller merges nothing")
    }
    var mode = "FF"
    if case .enumeration(let value)? = calls["setGitPluginFastForwardMode"]?.first { mode = value.constant }
    let (name, email) = repository.committer
    try await repository.run(
      .merge(revision, fastForward: mode, name: name, email: email), "merge --ff \(revision)", call, minutes: minutes)
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
