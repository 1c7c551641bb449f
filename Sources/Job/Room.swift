internal import Foundation
internal import JourneymanSandbox
internal import JourneymanSupport
internal import Synchronization

/// Carries out in this process's sandbox what the worker of its build asks for: the caller's side.
final class Room: Sendable {
  private let socket: JobSocket<RoomAnswer, RoomOrder>
  private let runner = ProcessRunner()
  private let running = Mutex<[Int: Task<Void, Never>]>([:])

  init(_ socket: OwnedFile) { self.socket = JobSocket(socket) }

  /// Serves until the worker closes its end. Blocks: use it on a thread of its own.
  func serve() {
    while let (order, descriptors) = try? socket.receive() {
      switch order {
      case .run(let id, let command):
        running.withLock { $0[id] = Task { await self.run(id, command, descriptors) } }
      case .cancel(let id): running.withLock { $0[id] }?.cancel()
      case .open(let id, let path): open(id, path)
      }
    }
  }

  /// Ends the connection and everything that runs for it.
  func end() async {
    socket.shutDown()
    await runner.end()
  }

  private func open(_ id: Int, _ path: String) {
    do {
      let directory = try FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY)
      try socket.send(.opened(id), with: [directory.number])
    } catch {
      try? socket.send(.failed(id, code: "system", message: "\(error)"))
    }
  }

  private func run(_ id: Int, _ described: RoomCommand, _ descriptors: [OwnedFile]) async {
    var standard = descriptors.map(\.number)[...]
    let numbers = described.standard.map { $0 ? standard.popFirst() : nil }
    let command = Command(
      executable: described.executable, arguments: described.arguments, environment: described.environment,
      directory: described.directory, user: described.user,
      standardInput: numbers.first ?? nil, standardOutput: numbers.dropFirst().first ?? nil,
      standardError: numbers.dropFirst(2).first ?? nil,
      timeout: described.timeoutSeconds.map { .seconds($0) },
      teardown: described.graceSeconds.map { .terminate(after: .seconds($0)) } + [.kill])
    let answer: RoomAnswer
    do {
      answer = RoomAnswer(id, try await runner.run(command))
    } catch {
      let refusal = error as? SandboxError
      answer = .failed(id, code: refusal?.code.word ?? "system", message: "\(error)")
    }
    withExtendedLifetime(descriptors) {}
    running.withLock { $0[id] = nil }
    try? socket.send(answer)
  }
}

extension RoomAnswer {
  /// Tells the end of a command.
  init(_ id: Int, _ result: CommandResult) {
    let status: Int32 =
      switch result.status {
      case .exited(let status): status
      case .signaled(let signal): -signal
      }
    let ending: Ending =
      switch result.ending {
      case .natural, .limit: .natural
      case .timedOut: .timedOut
      case .cancelled: .cancelled
      }
    self = .ended(
      id, status: status, ending, wallSeconds: result.resources.wall.seconds,
      cpuSeconds: result.resources.cpu.seconds, peakMemory: result.resources.peakMemory)
  }
}

extension SandboxError.Code {
  /// The kinds that the one who asks tells apart.
  static let words: [(word: String, code: SandboxError.Code)] = [
    ("cannotExecute", .cannotExecute), ("cannotBecomeUser", .cannotBecomeUser), ("ended", .ended),
    ("system", .system),
  ]

  /// The kind as it travels.
  var word: String { Self.words.first { $0.code == self }?.word ?? "system" }
}
