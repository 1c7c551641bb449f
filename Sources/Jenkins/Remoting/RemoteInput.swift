internal import Synchronization

/// A stream that the controller reads for this side, piece by piece: `hudson.remoting.RemoteInputStream`.
final class RemoteInput: Sendable {
  private let number: Int32
  private let channel: RemotingChannel
  private let piece: Int32
  private let isOver = Mutex(false)

  /// - Parameter piece: how many bytes are asked for at once.
  init(number: Int32, channel: RemotingChannel, piece: Int32) {
    self.number = number
    self.channel = channel
    self.piece = piece
  }

  /// - Returns: `nil` at the end.
  func next() async throws -> [UInt8]? {
    if isOver.withLock({ $0 }) { return nil }
    let bytes = try await channel.read(piece, from: number)
    if bytes == nil { isOver.withLock { $0 = true } }
    return bytes
  }

  /// Tells the controller that nobody reads on, unless the end has been read.
  func giveBack() async {
    let wasOver = isOver.withLock { isOver in
      defer { isOver = true }
      return isOver
    }
    if !wasOver { try? await channel.stopReading(number) }
  }
}
