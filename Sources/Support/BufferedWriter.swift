import Foundation

/// Collects bytes and writes them in large pieces to a descriptor that someone else owns, blocking or not. Used by one
/// thread at a time. Nothing is written when the writer goes away: call ``flush()``.
public final class BufferedWriter {
  private let descriptor: Int32
  private let name: String
  private let buffer: UnsafeMutableRawBufferPointer
  private var filled = 0

  /// Writes to `descriptor` from its current position.
  ///
  /// - Parameters:
  ///   - descriptor: stays open as long as the writer is used.
  ///   - name: what error messages call the file.
  ///   - capacity: bytes to collect before they are written, at least 1.
  public init(_ descriptor: Int32, name: String, capacity: Int = 256 << 10) {
    self.descriptor = descriptor
    self.name = name
    buffer = .allocate(byteCount: max(1, capacity), alignment: 64)
  }

  deinit { buffer.deallocate() }

  /// Takes the next bytes.
  ///
  /// - Throws: ``SystemError``; what was collected may be lost then.
  public func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    guard let source = bytes.baseAddress, let target = buffer.baseAddress else { return }
    if bytes.count > buffer.count - filled {
      try flush()
      if bytes.count >= buffer.count { return try write(bytes) }
    }
    memcpy(target + filled, source, bytes.count)
    filled += bytes.count
  }

  /// Takes the next bytes from an array.
  ///
  /// - Throws: ``SystemError``.
  public func append(_ bytes: [UInt8]) throws(SystemError) {
    let result = bytes.withUnsafeBytes { buffer in Result { () throws(SystemError) in try append(buffer) } }
    try result.get()
  }

  /// Takes the UTF-8 bytes of a text.
  ///
  /// - Throws: ``SystemError``.
  public func append(_ text: String) throws(SystemError) { try append(Array(text.utf8)) }

  /// Writes what was collected.
  ///
  /// - Throws: ``SystemError``; what was collected may be lost then.
  public func flush() throws(SystemError) {
    if filled == 0 { return }
    let full = UnsafeRawBufferPointer(rebasing: buffer[..<filled])
    filled = 0
    try write(full)
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    var rest = bytes
    while let base = rest.baseAddress, !rest.isEmpty {
      let count = Foundation.write(descriptor, base, rest.count)
      if count >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if errno == EAGAIN {
        // Somebody who shares the open file, such as a terminal's other users, made it non-blocking.
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&ready, 1, -1)
      } else if errno != EINTR {
        throw SystemError("write \(name)")
      }
    }
  }
}
