import Foundation
public import JourneymanSupport
import Synchronization

/// One end of a stream socket that carries JSON messages, each behind its length as four bytes, most significant
/// first. Sending is safe from any thread; receiving belongs to one reader.
public final class MessageChannel<Outgoing: Encodable, Incoming: Decodable>: Sendable {
  /// The longest message either side accepts, in bytes: a result with many thousand artifacts fits, a flood does not.
  public static var longestMessage: Int { 64 << 20 }

  /// The socket's descriptor, for `poll`.
  public var descriptor: Int32 { socket.number }

  private let socket: OwnedDescriptor
  private let sending = Mutex(())

  /// Takes over a connected stream socket.
  public init(socket: consuming OwnedDescriptor) { self.socket = socket }

  /// Sends one message; blocks while the peer does not read.
  ///
  /// - Throws: ``SystemError`` (`EPIPE` when the peer is gone) or `EncodingError`.
  public func send(_ message: Outgoing) throws {
    let body = try JSONEncoder().encode(message)
    if body.count > Self.longestMessage { throw SystemError("send a message of \(body.count) bytes", number: EMSGSIZE) }
    var frame = withUnsafeBytes(of: UInt32(body.count).bigEndian) { [UInt8]($0) }
    frame.append(contentsOf: body)
    try sending.withLock { _ in try write(frame) }
  }

  /// Waits for the next message.
  ///
  /// - Returns: `nil` when the peer has closed its end or died.
  /// - Throws: ``SystemError`` (`EMSGSIZE` for a message that is too long) or `DecodingError`.
  public func receive() throws -> Incoming? {
    guard let head = try read(4) else { return nil }
    let length = head.reduce(0) { $0 << 8 | Int($1) }
    if length > Self.longestMessage { throw SystemError("receive a message of \(length) bytes", number: EMSGSIZE) }
    guard let body = try read(length) else { return nil }
    return try JSONDecoder().decode(Incoming.self, from: Data(body))
  }

  private func write(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let offset = sent
      sent += try retryingInterrupts("send to the other side of the build") {
        bytes.withUnsafeBytes { buffer in
          Foundation.send(
            socket.number, buffer.baseAddress.map { $0 + offset }, buffer.count - offset, Int32(MSG_NOSIGNAL))
        }
      }
    }
  }

  private func read(_ count: Int) throws -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let offset = filled
      let received = bytes.withUnsafeMutableBytes { buffer in
        recv(socket.number, buffer.baseAddress.map { $0 + offset }, buffer.count - offset, 0)
      }
      if received == 0 { return nil }
      if received > 0 {
        filled += received
      } else if errno == ECONNRESET {
        return nil
      } else if errno != EINTR {
        throw SystemError("receive from the other side of the build")
      }
    }
    return bytes
  }
}
