import Foundation
public import JourneymanActionHost
import JourneymanBuildModel
import JourneymanJob
public import JourneymanSupport
import Synchronization

/// The worker process: receives one build from its keeper, carries it out, reports, and ends.
public enum Worker {
  /// Serves the keeper at the other end of a socket.
  ///
  /// - Parameters:
  ///   - socket: a connected stream socket.
  ///   - output: the write end of the pipe that receives what the build's commands print.
  ///   - plugins: the plugins that are part of the program.
  ///
  /// For a build that a job asked for, descriptor 5 is the connection to the caller, and 6 the directory of the files
  /// that carry the build's state.
  ///
  /// - Returns: whether the build was reported; the process exits in any case.
  public static func serve(
    socket: consuming OwnedDescriptor, output: consuming OwnedDescriptor, plugins: PluginRegistry
  ) async -> Bool {
    let channel = MessageChannel<WorkerMessage, KeeperMessage>(socket: socket)
    guard case .start(let request)? = try? await runBlocking({ try channel.receive() }) else { return false }
    let ending = BuildEnding()
    let control = ControlSwitch()
    let link = KeeperLink(channel: channel) { control.handle($0) }
    var room: CallerRoom?
    if let caller = request.caller {
      FileSystem.stayOnMounts()
      do {
        room = try CallerRoom(
          OwnedDescriptor(taking: 5), scripts: OwnedDescriptor(taking: 6), owner: caller.owner)
      } catch {
        link.emit(.message(.error, "\(error)"))
        return false
      }
    }
    let build = BuildRunner(request, link: link, ending: ending, output: output, plugins: plugins, room: room)
    let task = Task { await build.run() }
    control.connect { request in
      switch request {
      case .stop: ending.begin(.stop)
      case .timeOut: ending.begin(.timeOut)
      case .limitExceeded(let sentence): ending.begin(.limit(sentence))
      case .kill, .lost:
        ending.begin(.stop)
        Task { await build.kill() }
      }
      task.cancel()
    }
    let last = await task.value
    link.send(last)
    return true
  }
}

/// Passes control requests on to whoever is connected; what came before is passed on at once.
private final class ControlSwitch: Sendable {
  private struct State {
    var handler: (@Sendable (KeeperLink.Control) -> Void)?
    var early: [KeeperLink.Control] = []
  }

  private let state = Mutex(State())

  func handle(_ request: KeeperLink.Control) {
    let handler = state.withLock { state in
      if state.handler == nil { state.early.append(request) }
      return state.handler
    }
    handler?(request)
  }

  func connect(_ handler: @escaping @Sendable (KeeperLink.Control) -> Void) {
    let early = state.withLock { state in
      state.handler = handler
      defer { state.early = [] }
      return state.early
    }
    for request in early { handler(request) }
  }
}
