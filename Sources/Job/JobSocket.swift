internal import Foundation
public import JourneymanSupport

/// One end of a connection that carries JSON messages and open descriptors. Sending is safe from any thread; receiving
/// belongs to one reader.
public struct JobSocket<Outgoing: Encodable & Sendable, Incoming: Decodable & Sendable>: Sendable {
  private let socket: OwnedFile

  /// Takes a connected socket that keeps messages apart.
  public init(_ socket: OwnedFile) {
    self.socket = socket
    DescriptorMessages.prepare(socket.number)
  }

  /// Sends one message; blocks while the peer does not read.
  ///
  /// - Parameter descriptors: borrowed until the call returns.
  /// - Throws: `SystemError` or `EncodingError`.
  public func send(_ message: Outgoing, with descriptors: [Int32] = []) throws {
    let bytes = Array(try JSONEncoder().encode(message))
    try DescriptorMessages.send(bytes, with: descriptors, to: socket.number)
  }

  /// Waits for the next message. Blocks: use it on a thread of its own.
  ///
  /// - Returns: `nil` when the peer has closed its end.
  /// - Throws: `SystemError`, or ``JobError`` when the peer says something unknown.
  public func receive() throws -> (message: Incoming, descriptors: [OwnedFile])? {
    guard let received = try DescriptorMessages.receive(from: socket.number) else { return nil }
    do {
      return (try JSONDecoder().decode(Incoming.self, from: Data(received.bytes)), received.descriptors)
    } catch {
      throw JobError(
        .refused, "a job said something that this version of journeyman does not know", underlying: error)
    }
  }

  /// Ends the connection, so that both sides receive nothing more.
  public func shutDown() { shutdown(socket.number, Int32(SHUT_RDWR)) }
}
