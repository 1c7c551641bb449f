internal import Foundation
internal import JourneymanSupport
internal import Synchronization

/// Reads messages, one JSON object on each line, from a descriptor. Used by one thread.
package struct MessageReader {
  /// What is wrong with what the other side said.
  package struct Violation: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
  }

  private let descriptor: Int32
  private let longest: Int
  private var buffer: [UInt8] = []
  private var start = 0
  private var isOver = false

  package init(_ descriptor: Int32, longestLine: Int = PluginProtocol.longestLine) {
    self.descriptor = descriptor
    longest = longestLine
  }

  /// Waits for the next line that is not empty.
  ///
  /// - Returns: `nil` at the end.
  /// - Throws: ``Violation`` for a line that is too long; `SystemError`.
  package mutating func line() throws -> [UInt8]? {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(buffer[start..<end])
        start = end + 1
        searched = start
        if line.count > longest { throw tooLong }
        if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
        return line
      }
      if buffer.count - start > longest { throw tooLong }
      if isOver {
        defer { start = buffer.count }
        return start < buffer.count ? Array(buffer[start...]) : nil
      }
      buffer.removeFirst(start)
      start = 0
      searched = buffer.count
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let count = try retryingInterrupts("read messages") {
        chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      }
      if count == 0 { isOver = true }
      buffer.append(contentsOf: chunk[..<count])
    }
  }

  /// Waits for the next message.
  ///
  /// - Returns: `nil` at the end.
  /// - Throws: ``Violation`` for what is no message.
  package mutating func next<Message: Decodable>(_ type: Message.Type) throws -> Message? {
    guard let line = try line() else { return nil }
    return try Self.parse(type, line)
  }

  /// Reads one line.
  package static func parse<Message: Decodable>(_ type: Message.Type, _ line: [UInt8]) throws -> Message {
    do {
      return try JSONDecoder().decode(type, from: Data(line))
    } catch {
      let shown = String(decoding: line.prefix(80), as: UTF8.self).filter { !$0.isNewline }
      throw Violation("'\(shown)\(line.count > 80 ? "…" : "")' is no message: \(explain(error))")
    }
  }

  private var tooLong: Violation { Violation("a line is longer than \(longest) bytes") }

  private static func explain(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, _): "'\(key.stringValue)' is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      (context.codingPath.last.map { "'\($0.stringValue)': " } ?? "") + context.debugDescription
    case DecodingError.dataCorrupted(let context):
      context.codingPath.isEmpty && context.underlyingError != nil ? "not JSON" : context.debugDescription
    default: "\(error)"
    }
  }
}

/// Writes messages, one JSON object on each line, to a descriptor. Safe from any thread; blocks while nobody reads.
package final class MessageWriter: Sendable {
  private let descriptor: Int32
  private let isClosed = Mutex(false)

  package init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Sends nothing more: the descriptor is about to be closed.
  package func close() { isClosed.withLock { $0 = true } }

  /// - Throws: `SystemError`, `EPIPE` when nobody reads any more.
  package func send(_ message: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    try write(Array(try encoder.encode(message)) + [UInt8(ascii: "\n")])
  }

  /// - Throws: `SystemError`, `EPIPE` when nobody reads any more.
  package func write(_ line: [UInt8]) throws {
    // The other side may be gone, which is an error here and no signal to the whole process.
    var pipe = sigset_t()
    var before = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &pipe, &before)
    defer {
      var none = timespec()
      while sigtimedwait(&pipe, nil, &none) > 0 {}
      pthread_sigmask(SIG_SETMASK, &before, nil)
    }
    try isClosed.withLock { isClosed in
      if isClosed { throw SystemError("send a message", number: EPIPE) }
      try FileSystem.writeAll(line, to: descriptor, name: "a message")
    }
  }
}
