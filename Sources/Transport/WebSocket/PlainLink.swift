internal import Foundation
internal import JourneymanSupport

/// A connection without TLS.
final class PlainLink: WebSocketLink {
  let descriptor: Int32

  init(_ socket: consuming OwnedDescriptor) { descriptor = socket.release() }

  deinit { close(descriptor) }

  func send(_ bytes: ArraySlice<UInt8>) -> Int? {
    let count = bytes.withUnsafeBytes {
      Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    return count >= 0 ? count : errno == EAGAIN || errno == EINTR ? 0 : nil
  }

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> WebSocketArrival {
    let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
    if count < 0 { return errno == EAGAIN || errno == EINTR ? .nothing : .end }
    return count == 0 ? .end : .bytes(count)
  }
}
