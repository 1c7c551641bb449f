internal import JourneymanJavaStream
internal import JourneymanSandbox
internal import JourneymanSupport
internal import Synchronization

/// A process that the controller launched: `hudson.Launcher$RemoteProcess`.
final class RemoteProcess: ExportedObject {
  private static let streams = JavaLayout(
    "hudson.Launcher$IOTriplet", 1,
    [
      JavaField("stderr", "Ljava/io/InputStream;"), JavaField("stdin", "Ljava/io/OutputStream;"),
      JavaField("stdout", "Ljava/io/InputStream;"),
    ])

  private let end: Task<Int32, any Error>
  private let carrying: Task<Void, Never>?
  private let isFollowed: Bool
  private let input: Int32?
  private let hasEnded: Mutex<Bool>

  /// - Parameters:
  ///   - end: waits for the process and what it printed; cancelling it tears the process down.
  ///   - carrying: carries what programs print that it left behind.
  ///   - isFollowed: whether the controller reads what it prints. A pipeline step is started without, and goes on
  ///     when the connection is lost: its end shows in its files.
  ///   - input: the number of the stream that the controller writes standard input to.
  init(end: Task<Int32, any Error>, carrying: Task<Void, Never>?, isFollowed: Bool, input: Int32? = nil) {
    self.end = end
    self.input = input
    self.isFollowed = isFollowed
    self.carrying = carrying
    hasEnded = Mutex(false)
    Task {
      _ = await end.result
      self.hasEnded.withLock { $0 = true }
    }
  }

  func invoke(_ method: String, _ arguments: [JavaValue], _ call: Call) async throws -> JavaOutput {
    switch method {
    case "getIOtriplet":
      return .object(Self.streams, ["stdin": input.map { FileCallables.outputStream($0) } ?? .null])
    case "isAlive": return .booleanObject(!hasEnded.withLock { $0 })
    case "kill":
      end.cancel()
      _ = await end.result
      hasEnded.withLock { $0 = true }
      return .null
    case "join":
      let status = try await withTaskCancellationHandler {
        try await end.value
      } onCancel: {
        end.cancel()
      }
      try Task.checkCancellation()
      // The task above may learn of it a moment later.
      hasEnded.withLock { $0 = true }
      return .integerObject(status)
    default: throw JenkinsError(.unsupported, "this agent does not know the method '\(method)' of a process")
    }
  }

  /// A process that nobody holds runs on, to the end of its build.
  func release() async {}

  func abandon() async {
    guard isFollowed else { return }
    end.cancel()
    carrying?.cancel()
    _ = await end.result
    await carrying?.value
  }
}
