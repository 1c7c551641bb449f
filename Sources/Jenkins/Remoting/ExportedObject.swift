internal import JourneymanJavaStream
internal import Synchronization

/// An object of the agent that the controller calls by its number, such as a running process.
protocol ExportedObject: Sendable {
  /// Carries a method out.
  ///
  /// - Throws: what the controller is to be told.
  func invoke(_ method: String, _ arguments: [JavaValue], _ call: Call) async throws -> JavaOutput

  /// The connection has ended.
  func abandon() async

  /// The controller has let go of it and will not call any more.
  func release() async
}

extension ExportedObject {
  func release() async { await abandon() }
}

/// A stream that the controller writes to. Pieces come one after the other, in order.
protocol IncomingStream: Sendable {
  /// Takes bytes.
  func receive(_ bytes: [UInt8]) async throws

  /// No more bytes will come.
  func finish()
}

/// What a request knows of how it came.
final class Call: Sendable {
  /// The request's number.
  let id: Int32
  /// Where its answers go.
  let channel: RemotingChannel
  private let keeps = Mutex(false)

  init(id: Int32, channel: RemotingChannel) {
    self.id = id
    self.channel = channel
  }

  /// Whether the output streams that came with the request are still in use when it has been answered.
  var keepsStreams: Bool { keeps.withLock { $0 } }

  /// Whoever calls this gives the streams back.
  func keepStreams() { keeps.withLock { $0 = true } }
}
