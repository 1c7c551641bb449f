internal import Foundation
internal import JourneymanSupport
internal import Synchronization

/// Carries a process's output from its pipe to the controller.
///
/// The process's end and the end of its output are two things: a program that it left in the background keeps the pipe
/// open, and what that one prints is still carried while the build lasts.
final class OutputPump: Sendable {
  private struct State {
    var hasProcessEnded = false
    var isDrained = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let descriptor: Int32
  private let state = Mutex(State())

  /// - Parameter readEnd: the pipe's end to read from.
  init(_ readEnd: consuming OwnedDescriptor) { descriptor = readEnd.release() }

  deinit { close(descriptor) }

  /// Carries to the end of the output, or until cancelled, or until the connection breaks.
  func run(_ output: ListenerOutput, _ call: Call) async {
    var output = output
    defer { drained() }
    while !Task.isCancelled {
      guard let bytes = try? await runBlocking({ self.read() }) else { break }
      switch bytes {
      case .end:
        try? await call.channel.write(output.flush(), to: output.stream, for: call.id)
        return
      case .nothing:
        if state.withLock({ $0.hasProcessEnded && !$0.isDrained }) {
          try? await call.channel.write(output.flush(), to: output.stream, for: call.id)
          drained()
        }
      case .bytes(let bytes):
        do {
          try await call.channel.write(output.take(bytes), to: output.stream, for: call.id)
        } catch {
          return
        }
      }
    }
  }

  private enum Arrival: Sendable {
    case bytes([UInt8])
    case nothing
    case end
  }

  private func read() -> Arrival {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let hasEnded = state.withLock { $0.hasProcessEnded }
    if poll(&entry, 1, hasEnded ? 0 : 200) <= 0 {
      // Of what a background process prints nobody waits for: look for it now and then.
      if hasEnded && state.withLock({ $0.isDrained }) { poll(&entry, 1, 1000) }
      return .nothing
    }
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = Foundation.read(descriptor, &buffer, buffer.count)
    return count > 0 ? .bytes(Array(buffer[..<count])) : .end
  }

  private func drained() {
    let waiting = state.withLock { state in
      state.isDrained = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  /// The process has ended: waits until what it printed has been carried.
  func drain() async {
    state.withLock { $0.hasProcessEnded = true }
    await withCheckedContinuation { continuation in
      let isDrained = state.withLock { state in
        if !state.isDrained { state.waiting.append(continuation) }
        return state.isDrained
      }
      if isDrained { continuation.resume() }
    }
  }
}
