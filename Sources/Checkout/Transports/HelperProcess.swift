import Foundation
internal import JourneymanSandbox
internal import JourneymanSupport
import Synchronization

/// A program of the machine that a checkout talks to: `ssh`, or a credential helper.
///
/// It leads a session of its own without a terminal, so it cannot ask anybody anything, and is killed with its group
/// when this value goes away.
final class HelperProcess: Sendable {
  private let process: ChildProcess
  private let input: Mutex<OwnedDescriptor?>
  private let output: OwnedDescriptor
  private let errors: Pending<[UInt8]>
  private static let longestErrors = 65_536

  init(_ executable: String, _ arguments: [String], environment: [String: String]) throws {
    // A socket, because writing to one whose reader has gone can be told not to raise SIGPIPE.
    var toChild = try SocketPair()
    var fromChild = try JourneymanSupport.Pipe()
    var messages = try JourneymanSupport.Pipe()
    guard let input = toChild.first.take(), let output = fromChild.readEnd.take(),
      let childInput = toChild.second.take(), let childOutput = fromChild.writeEnd.take(),
      let childErrors = messages.writeEnd.take(), let errorEnd = messages.readEnd.take()
    else { throw SystemError("make a pipe", number: EBADF) }
    let configuration = ChildProcess.Configuration(
      executable: executable, arguments: arguments, environment: environment, directory: "/",
      standardInput: childInput.number, standardOutput: childOutput.number, standardError: childErrors.number)
    process = try Pending { try await ChildProcess.start(configuration) }.wait()
    self.input = Mutex(input)
    self.output = output
    let errorNumber = errorEnd.release()
    errors = Pending { try await runBlocking { Self.drain(OwnedDescriptor(taking: errorNumber)) } }
  }

  deinit { process.signalGroup(SIGKILL) }

  /// Reads what has come.
  ///
  /// - Returns: 0 at the end.
  /// - Throws: ``CheckoutError``: `cancelled`, or `network` when nothing came for so long.
  func read(
    into buffer: UnsafeMutableRawBufferPointer, timeout: Duration, cancellation: Cancellation
  ) throws -> Int {
    guard try cancellation.wait(for: output.number, events: POLLIN, timeout: timeout) else {
      throw CheckoutError(.network, "nothing came for \(Int(timeout.seconds)) seconds")
    }
    return try retryingInterrupts("read from a helper program") {
      Foundation.read(output.number, buffer.baseAddress, buffer.count)
    }
  }

  /// Reads to the end.
  func readAll(limit: Int, timeout: Duration, cancellation: Cancellation) throws -> [UInt8] {
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = try chunk.withUnsafeMutableBytes {
        try read(into: $0, timeout: timeout, cancellation: cancellation)
      }
      if count == 0 { return content }
      content += chunk[..<count]
      if content.count > limit { throw CheckoutError(.refused, "a helper program said too much") }
    }
  }

  /// Writes; a program that has ended is no error here, its end is found by reading.
  func write(_ bytes: UnsafeRawBufferPointer, timeout: Duration, cancellation: Cancellation) throws {
    guard let number = input.withLock({ $0?.number }) else { return }
    var rest = bytes
    while !rest.isEmpty {
      guard try cancellation.wait(for: number, events: POLLOUT, timeout: timeout) else {
        throw CheckoutError(.network, "nothing could be sent for \(Int(timeout.seconds)) seconds")
      }
      let count = send(
        number, rest.baseAddress, rest.count,
        Int32(bitPattern: UInt32(truncatingIfNeeded: Int(MSG_NOSIGNAL) | Int(MSG_DONTWAIT))))
      if count < 0 && (errno == EPIPE || errno == ECONNRESET) { return }
      if count < 0 && errno != EINTR && errno != EAGAIN { throw SystemError("write to a helper program") }
      rest = UnsafeRawBufferPointer(rebasing: rest[max(0, count)...])
    }
  }

  /// Tells the program that nothing more comes.
  func closeInput() { input.withLock { $0 = nil } }

  /// Waits for the end of the program, which is killed when it does not come soon.
  ///
  /// - Returns: how it ended, and the beginning of what it wrote to standard error.
  func finish() throws -> (status: Int32, errors: String) {
    closeInput()
    let process = process
    let ending = Pending { await process.wait().status.shellStatus }
    let watchdog = Pending {
      try await Task.sleep(for: .seconds(3))
      process.signalGroup(SIGKILL)
    }
    let status = try ending.wait()
    watchdog.cancel()
    process.signalGroup(SIGKILL)
    return (status, String(decoding: try errors.wait(), as: UTF8.self))
  }

  /// Reads a program's messages to their end, keeping the beginning.
  private static func drain(_ descriptor: consuming OwnedDescriptor) -> [UInt8] {
    var kept: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = chunk.withUnsafeMutableBytes { Foundation.read(descriptor.number, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return kept }
      kept += chunk[..<min(count, longestErrors - kept.count)]
    }
  }
}
