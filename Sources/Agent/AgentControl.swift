internal import Foundation
public import JourneymanSupport

/// How other processes of the user steer a running agent: over a socket in a directory that is the user's alone.
public struct AgentControl: Sendable {
  /// What an agent can be asked.
  public enum Request: String, Codable, Sendable, CaseIterable {
    /// What it does.
    case status
    /// To take no more work and to end when what runs has ended.
    case drain
    /// To end now; what is durable goes on without it.
    case stop
    /// To read agent.conf again.
    case reload
  }

  /// What it answers.
  public struct Answer: Codable, Sendable {
    /// What it does now.
    public var status: AgentStatus
    /// Why it could not do what it was asked, for people.
    public var problem: String?
  }

  private let directory: String

  /// The agent of a configuration: there is one for each work directory.
  public init(_ settings: Settings) {
    directory = (settings.agent.workdir ?? StandardPaths.stateDirectory()) + "/.agent"
  }

  /// Asks the agent that runs.
  ///
  /// - Throws: ``AgentError`` when none does, or it does not answer.
  public func ask(_ request: Request) async throws -> Answer {
    let directory = directory
    return try await runBlocking {
      do {
        let socket = try LocalSocket.connect(in: directory)
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(socket.number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        try Self.send(Array(request.rawValue.utf8), to: socket.number)
        return try JSONDecoder().decode(Answer.self, from: Data(try Self.receive(from: socket.number)))
      } catch let error as SystemError where error.number == ENOENT || error.number == ECONNREFUSED {
        throw AgentError(.notRunning, "no agent runs here; start one by 'journeyman agent start'", underlying: error)
      } catch {
        throw AgentError(.notRunning, "the agent does not answer: \(error)", underlying: error)
      }
    }
  }

  // MARK: The agent's side

  /// Listens, and answers requests side by side until cancelled.
  ///
  /// - Throws: ``AgentError`` when another agent runs already, or the directory cannot be used.
  func serve(
    whenListening: @Sendable () -> Void, _ answer: @escaping @Sendable (Request) async -> Answer
  ) async throws {
    let (lock, listener) = try await runBlocking { try listen() }
    whenListening()
    defer { withExtendedLifetime(lock) {} }
    await withDiscardingTaskGroup { group in
      await withTaskCancellationHandler {
        while let connection = try? await runBlocking({ try Self.accept(listener.number) }) {
          group.addTask { await Self.serve(connection, answer) }
        }
      } onCancel: {
        shutdown(listener.number, Int32(SHUT_RDWR))
      }
    }
  }

  private func listen() throws -> (lock: OwnedFile, listener: OwnedFile) {
    do {
      try FileSystem.makeDirectories(directory, mode: 0o700)
      // The mode of a directory that was there already counts too.
      try retryingInterrupts("close \(directory) to others") { chmod(directory, 0o700) }
      let lock = try FileSystem.open(directory + "/lock", flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
      if flock(lock.number, LOCK_EX | LOCK_NB) != 0 {
        throw AgentError(
          .configuration,
          "an agent with this work directory runs already; 'journeyman agent status' shows it, and"
            + " agent.workdir in agent.conf gives another one a directory of its own")
      }
      return (OwnedFile(lock), OwnedFile(try LocalSocket.listen(in: directory)))
    } catch let error as SystemError {
      throw AgentError(.configuration, "the agent cannot be steered: \(error)", underlying: error)
    }
  }

  private static func serve(_ connection: OwnedFile, _ answer: @Sendable (Request) async -> Answer) async {
    guard let text = try? await runBlocking({ try receive(from: connection.number) }),
      let request = Request(rawValue: String(decoding: text, as: UTF8.self)),
      let bytes = try? JSONEncoder().encode(await answer(request))
    else { return }
    _ = try? await runBlocking { try send(Array(bytes), to: connection.number) }
  }

  private static func accept(_ listener: Int32) throws(SystemError) -> OwnedFile {
    let number = try retryingInterrupts("accept a connection") { Foundation.accept(listener, nil, nil) }
    let connection = OwnedFile(OwnedDescriptor(taking: number))
    _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    return connection
  }

  private static func send(_ bytes: [UInt8], to socket: Int32) throws(SystemError) {
    _ = try retryingInterrupts("send a message") { Foundation.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
  }

  /// One message; a longer one is cut.
  private static func receive(from socket: Int32) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 1 << 17)
    let count = try retryingInterrupts("receive a message") { recv(socket, &bytes, bytes.count, 0) }
    if count == 0 { throw SystemError("receive a message", number: ECONNRESET) }
    return Array(bytes[..<count])
  }
}
