internal import Foundation
internal import JourneymanActionKit
internal import JourneymanSandbox
internal import JourneymanSupport
internal import Synchronization

/// Runs a command and keeps what it prints. The end of the command is the end: a descendant that keeps the pipe open
/// makes nobody wait, and what is too much is read and dropped, so that nobody blocks.
enum OutputCapture {
  private struct Kept: Sendable {
    var bytes: [UInt8] = []
    var isCut = false
  }

  static func run(
    _ command: Command, by runner: any CommandRunner, limit: Int,
    _ result: (CommandResult, [UInt8], Bool) throws -> ProcessResult
  ) async throws -> ProcessResult {
    var pipe = try Pipe(capacity: 1 << 20)
    guard let readEnd = pipe.readEnd.take(), let writeEnd = pipe.writeEnd.take() else {
      throw SystemError("make a pipe", number: EBADF)
    }
    let hasEnded = Flag()
    let descriptor = readEnd.number
    async let reading = runBlocking { try read(descriptor, limit: limit, hasEnded: hasEnded) }
    var command = command
    command.standardOutput = writeEnd.number
    let ended: Result<CommandResult, any Error>
    do {
      ended = .success(try await runner.run(command))
    } catch {
      ended = .failure(error)
    }
    hasEnded.set()
    let kept = try await reading
    withExtendedLifetime(readEnd) {}
    return try result(try ended.get(), kept.bytes, kept.isCut)
  }

  private static func read(_ descriptor: Int32, limit: Int, hasEnded: Flag) throws -> Kept {
    var kept = Kept()
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    var source = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while true {
      let wasEnded = hasEnded.isSet
      let ready = try retryingInterrupts("wait for output") { poll(&source, 1, wasEnded ? 0 : 20) }
      if ready == 0 {
        if wasEnded { return kept }
        continue
      }
      let count = try retryingInterrupts("read output") {
        chunk.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
      }
      if count == 0 { return kept }
      let room = min(count, limit - kept.bytes.count)
      kept.bytes.append(contentsOf: chunk[..<room])
      if room < count {
        kept.isCut = true
        // Once the command has ended, a descendant that goes on printing is not listened to.
        if wasEnded { return kept }
      }
    }
  }
}

/// Goes up once.
final class Flag: Sendable {
  private let state = Mutex(false)
  var isSet: Bool { state.withLock { $0 } }
  func set() { state.withLock { $0 = true } }
}
