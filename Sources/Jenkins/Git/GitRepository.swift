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
    /// What the plugin's timeouts are counted in.
    let minute: Duration
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
  private let approvedHostKeys: String?
  private let log: ListenerOutput?
  private let channel: RemotingChannel
  private let streams: Set<Int32>
  private let state = Mutex(State())

  /// - Parameters:
  ///   - approvedHostKeys: lines of known_hosts that Jenkins' administrator has approved; they count when agent.conf names
  ///     no such file.
  ///   - log: where lines for the build's log go.
  ///   - streams: the controller's streams, given back with this object.
  init(
    _ path: String, _ setup: Setup, approvedHostKeys: String?, log: ListenerOutput?, streams: Set<Int32>,
    channel: RemotingChannel
  ) {
    self.path = path
    self.approvedHostKeys = approvedHostKeys
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
  ///   - credential: one that is for this step alone, instead.
  ///   - minutes: how long it may take.
  /// - Throws: ``GitException``
  @discardableResult
  func run(
    _ step: GitStep, _ command: String, _ call: Call, login: String? = nil, credential: GitCredential? = nil,
    isSilent: Bool = false, minutes: Int64 = 10
  ) async throws -> JobAnswer {
    if !isSilent { try await say(" > git \(command) # timeout=\(minutes)") }
    let scratch = setup.scratch + "/git-" + UUID().uuidString
    setup.files.use?.note(path)
    let hold = setup.files.use?.hold(path)
    defer { withExtendedLifetime(hold) {} }
    do {
      let checkout = try await runBlocking { try self.prepare(scratch) }
      let directory = try await runBlocking { [setup, path] in try setup.files.directory(path, followsLinks: false) }
      let job = GitJob(
        step, directory: path, credentials: credential.map { [$0] } ?? credentials(for: login), checkout: checkout,
        owner: setup.files.owner,
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

  /// Makes the directory of a job.
  ///
  /// - Returns: how the job reaches servers.
  private func prepare(_ scratch: String) throws -> CheckoutSettings {
    try FileSystem.makeDirectories(scratch, mode: 0o700)
    var checkout = setup.checkout
    if let approvedHostKeys, checkout.knownHosts == nil {
      let file = scratch + "/known_hosts"
      try FileSystem.writeAtomically(Array((approvedHostKeys + "\n").utf8), to: file, mode: 0o600)
      checkout.knownHosts = file
    }
    return checkout
  }

  private func withDeadline(
    _ minutes: Int64, _ work: @escaping @Sendable () async throws -> JobAnswer
  ) async throws -> JobAnswer {
    try await withThrowingTaskGroup(of: JobAnswer?.self) { group in
      let minute = setup.minute
      group.addTask { try await work() }
      group.addTask {
        try await Task.sleep(for: minute * Int(max(1, min(minutes, 100_000))))
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let answer = first else {
        try await say("ERROR: Timeout after \(minutes) minutes")
        throw JenkinsError(
          .failed, "it took longer than \(minutes) minutes and was ended; raise the step's timeout")
      }
      return answer
    }
  }

  /// The address of a remote.
  func address(of remote: String, _ call: Call) async throws -> String? {
    guard case .names(let names) = try await run(.remote(remote), "config --get remote.\(remote).url", call) else {
      return nil
    }
    return names.first
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
    guard let separator = url.place(of: "://") else {
      return url.firstIndex(of: ":").map { "ssh:" + url[..<$0].split(separator: "@").suffix(1).joined() }
    }
    let authority = url[separator.upperBound...].prefix { $0 != "/" }
    let host = authority.split(separator: "@").last.map(String.init) ?? ""
    return (url[..<separator.lowerBound] + ":" + host).lowercased()
  }

  func setCommitter(_ name: String?, _ email: String?) {
    state.withLock { state in
      state.name = name ?? state.name
      state.email = email ?? state.email
    }
  }

  func clearCredentials() {
    state.withLock { state in
      state.credentials = []
      state.fallback = nil
    }
  }

  func invoke(_ method: String, _ arguments: [JavaValue], _ call: Call) async throws -> JavaOutput {
    try await GitMethods(repository: self, arguments: arguments, call: call).answer(method)
  }

  /// Who commits.
  var committer: (name: String, email: String) { state.withLock { ($0.name, $0.email) } }
}
