internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanJenkinsModel
internal import JourneymanSupport
internal import Synchronization

/// A repository that the git plugin works on: `hudson.plugins.git.IGitAPI`. Credentials are kept in memory as long as the
/// controller keeps the object.
final class GitRepository: ExportedObject {
  /// What all repositories of a controller share.
  struct Setup: Sendable {
    let files: NodeFiles
    let worker: WorkerProcess
    let checkout: CheckoutSettings
    /// Directories whose repositories may be read.
    let localRepositories: [String]
    /// Where directories for single jobs are made, which nobody else can read.
    let scratch: String
  }

  private struct State {
    var credentials: [GitCredential] = []
    var fallback: GitCredential?
    var name = "Jenkins"
    var email = "nobody@nowhere"
  }

  /// The directory, absolute.
  let path: String
  private let setup: Setup
  private let log: ListenerOutput?
  private let channel: RemotingChannel
  private let streams: Set<Int32>
  private let state = Mutex(State())

  /// - Parameters:
  ///   - log: where lines for the build's log go.
  ///   - streams: the controller's streams, given back with this object.
  init(_ path: String, _ setup: Setup, log: ListenerOutput?, streams: Set<Int32>, channel: RemotingChannel) {
    self.path = path
    self.setup = setup
    self.log = log
    self.streams = streams
    self.channel = channel
  }

  func abandon() async {
    state.withLock { $0 = State() }
    for stream in streams { try? await channel.unexport(stream) }
  }

  // MARK: Steps

  /// Has a step carried out.
  ///
  /// - Parameters:
  ///   - command: what git's command line would be, for the log and for exceptions.
  ///   - login: the URL whose credential the step needs.
  ///   - minutes: how long it may take.
  /// - Throws: ``GitException``
  @discardableResult
  func run(
    _ step: GitStep, _ command: String, _ call: Call, login: String? = nil, isSilent: Bool = false, minutes: Int64 = 10
  ) async throws -> JobAnswer {
    if !isSilent { try await say(" > git \(command) # timeout=\(minutes)") }
    let scratch = setup.scratch + "/git-" + UUID().uuidString
    setup.files.use?.note(path)
    let hold = setup.files.use?.hold(path)
    defer { withExtendedLifetime(hold) {} }
    do {
      try await runBlocking { try FileSystem.makeDirectories(scratch, mode: 0o700) }
      let directory = try await runBlocking { [setup, path] in try setup.files.directory(path, followsLinks: false) }
      let job = GitJob(
        step, directory: path, credentials: credentials(for: login), checkout: setup.checkout, owner: setup.files.owner,
        localRepositories: setup.localRepositories, scratch: scratch)
      let answer = try await withDeadline(minutes) { [setup, self] in
        try await setup.worker.run(
          .git(job), in: directory, WorkerProcess.Streams(log: { try await self.say($0) }), temporary: scratch)
      }
      try? await runBlocking { try FileSystem.removeTree(scratch) }
      return answer
    } catch {
      try? await runBlocking { try FileSystem.removeTree(scratch) }
      if error is CancellationError || Task.isCancelled { throw GitException(interrupted: ()) }
      throw GitException(command: command, reason: "\(error)")
    }
  }

  private func withDeadline(
    _ minutes: Int64, _ work: @escaping @Sendable () async throws -> JobAnswer
  ) async throws -> JobAnswer {
    try await withThrowingTaskGroup(of: JobAnswer?.self) { group in
      group.addTask { try await work() }
      group.addTask {
        try await Task.sleep(for: .seconds(max(1, min(minutes, 100_000)) * 60))
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let answer = first else {
        throw JenkinsError(.failed, "it took longer than \(minutes) minutes and was ended; raise the step's timeout")
      }
      return answer
    }
  }

  /// Says a line in the build's log.
  func say(_ text: String) async throws {
    guard var log else { return }
    let line = URLPasswords.masked(text) + "\n"
    try await channel.write(log.take(Array(line.utf8)) + log.flush(), to: log.stream, for: 0)
  }

  // MARK: Credentials

  func addCredential(_ value: JavaValue, for url: String?) async throws {
    if value.isNull { return }
    guard let credential = GitObjects.credential(value, for: url) else {
      try await say("the agent knows no use for a credential of class \(value.object?.className ?? "?")")
      return
    }
    state.withLock { state in
      if url == nil { state.fallback = credential } else { state.credentials.append(credential) }
    }
  }

  /// Those for a URL: the one for exactly this URL, else one for the same server.
  func credentials(for url: String?) -> [GitCredential] {
    guard let url else { return [] }
    let (known, fallback) = state.withLock { ($0.credentials, $0.fallback) }
    if let exact = known.last(where: { $0.url == url }) { return [exact] }
    if let server = Self.server(url), let same = known.last(where: { $0.url.flatMap(Self.server) == server }) {
      return [same]
    }
    return fallback.map { [GitCredential(url: url, user: $0.user, password: $0.password, key: $0.key)] } ?? []
  }

  /// Scheme and host with port.
  private static func server(_ url: String) -> String? {
    guard let separator = url.range(of: "://") else {
      return url.firstIndex(of: ":").map { "ssh:" + url[..<$0].split(separator: "@").suffix(1).joined() }
    }
    let authority = url[separator.upperBound...].prefix { $0 != "/" }
    let host = authority.split(separator: "@").last.map(String.init) ?? ""
    return (url[..<separator.lowerBound] + ":" + host).lowercased()
  }

  // MARK: Calls

  func invoke(_ method: String, _ arguments: [JavaValue], _ call: Call) async throws -> JavaOutput {
    let first = arguments.first ?? .null
    switch method {
    case "setProxy":
      if !first.isNull { try await say("the agent uses the proxy of agent.conf, not the controller's") }
    case "addCredentials": try await addCredential(arguments.count > 1 ? arguments[1] : .null, for: first.string)
    case "addDefaultCredentials", "setCredentials": try await addCredential(first, for: nil)
    case "clearCredentials":
      state.withLock { state in
        state.credentials = []
        state.fallback = nil
      }
    case "setAuthor", "setCommitter":
      state.withLock { state in
        state.name = first.string ?? state.name
        state.email = arguments.dropFirst().first?.string ?? state.email
      }
    case "getWorkTree": return BrowserCallables.filePath(path)
    case "hasGitRepo":
      return try await flag(.exists, "rev-parse --resolve-git-dir \(path)/.git", call)
    case "setRemoteUrl":
      let name = first.string ?? "origin"
      let url = arguments.dropFirst().first?.string ?? ""
      try await run(.setRemote(name, url: url), "config remote.\(name).url \(url)", call)
    case "getRemoteUrl":
      let name = first.string ?? "origin"
      return .optional(try await names(.remote(name), "config --get remote.\(name).url", call).first)
    case "revParse":
      let name = first.string ?? "HEAD"
      guard let id = try await names(.resolve(name), "rev-parse \(name)^{commit}", call).first else { return .null }
      return GitObjects.output(id)
    case "isCommitInRepo":
      let id = GitObjects.id(first) ?? ""
      return try await flag(.contains(id), "rev-list --no-walk \(id)", call)
    case "hasGitModules": return try await flag(.hasModules, "submodule status", call, isSilent: true)
    case "setupSubmoduleUrls": break
    case "clean":
      try await run(.clean, "reset --hard", call)
      try await say(" > git clean -fdx # timeout=10")
    case "getRemoteBranches": return try await references("refs/remotes/", areBranches: true, call)
    case "getTags": return try await references("refs/tags/", areBranches: false, call)
    case "withRepository": return try await withRepository(first, call)
    default: throw JenkinsError(.unsupported, "this agent does not know the method '\(method)' of the git plugin")
    }
    return .null
  }

  private func flag(_ step: GitStep, _ command: String, _ call: Call, isSilent: Bool = false) async throws
    -> JavaOutput
  {
    guard case .flag(let value) = try await run(step, command, call, isSilent: isSilent) else { return .null }
    return .booleanObject(value)
  }

  private func names(_ step: GitStep, _ command: String, _ call: Call) async throws -> [String] {
    guard case .names(let names) = try await run(step, command, call) else { return [] }
    return names
  }

  private func references(_ prefix: String, areBranches: Bool, _ call: Call) async throws -> JavaOutput {
    let answer = try await run(.references(prefix), "for-each-ref \(prefix)", call, isSilent: true)
    guard case .references(let found) = answer else { return .null }
    return GitObjects.set(found, dropping: prefix, areBranches: areBranches)
  }

  /// Code of plugins that would run on the repository: what each is for is done here.
  private func withRepository(_ callback: JavaValue, _ call: Call) async throws -> JavaOutput {
    guard let callback = callback.object else { return .null }
    switch callback["implClass"].string ?? callback.className {
    case "jenkins/plugins/git/GitHooksConfiguration": return .null
    case "hudson/plugins/git/util/DefaultBuildChooser":
      let revisions = callback["capturedArgs"].list?.first?.list ?? []
      let ids = revisions.compactMap { GitObjects.id($0.object?["sha1"] ?? .null) }
      guard case .names(let tips) = try await run(.tips(ids), "merge-base --is-ancestor", call, isSilent: true) else {
        return .list([])
      }
      return .list(
        revisions.filter { tips.contains(GitObjects.id($0.object?["sha1"] ?? .null) ?? "") }
          .map { GitObjects.output(revision: $0) })
    case "hudson.plugins.git.util.RevCommitRepositoryCallback":
      let id = GitObjects.id(callback["revToBuild"].object?["revision"].object?["sha1"] ?? .null) ?? "HEAD"
      guard case .commit(let commit) = try await run(.commit(id), "cat-file commit \(id)", call, isSilent: true) else {
        return .null
      }
      return GitObjects.output(commit)
    case let name:
      throw JenkinsError(.unsupported, "this agent cannot run the code of \(name) on a repository; it runs no Java")
    }
  }

  /// Who commits.
  var committer: (name: String, email: String) { state.withLock { ($0.name, $0.email) } }
}
