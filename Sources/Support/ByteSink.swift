/// Where a stream of bytes goes: a file, a digest, an encrypting writer that passes on what it seals.
///
/// Sinks stack, so that one pass hashes, seals and writes. A sink is used by one thread at a time. Nothing a sink was
/// given counts as complete before ``finish()`` returned; a sink that is dropped without it leaves an unfinished stream
/// that its owner removes.
public protocol ByteSink: AnyObject {
  /// Takes the next bytes; they are valid during the call only.
  ///
  /// - Throws: what the sink beneath throws; after an error the sink is not used again.
  func write(_ bytes: UnsafeRawBufferPointer) throws

  /// Ends the stream: writes what is buffered and finishes the sink beneath. Called once.
  ///
  /// - Throws: what the sink beneath throws.
  func finish() throws
}

extension ByteSink {
  /// Takes the next bytes from an array.
  ///
  /// - Throws: what ``write(_:)-(UnsafeRawBufferPointer)`` throws.
  public func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try write($0) }
  }
}

/// Writes to an open, blocking descriptor that someone else owns. ``finish()`` does not flush it to disk.
public final class DescriptorSink: ByteSink {
  private let descriptor: Int32
  private let name: String
  /// Bytes written so far.
  public private(set) var count = 0

  /// Writes to `descriptor` from its current position.
  ///
  /// - Parameters:
  ///   - descriptor: stays open as long as the sink is used.
  ///   - name: what error messages call the file.
  public init(_ descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  /// Writes all bytes.
  ///
  /// - Throws: ``SystemError``.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    try FileSystem.writeAll(bytes, to: descriptor, name: name)
    count += bytes.count
  }

  /// Does nothing: the descriptor belongs to someone else.
  public func finish() throws {}
}
