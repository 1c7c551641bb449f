/// Looks ahead in a stream of bytes, so that a header can be read to its end and the payload passed on untouched.
final class BufferedReader {
  /// Fills a buffer, or a part of it; 0 is the end.
  typealias Source = (UnsafeMutableRawBufferPointer) throws -> Int

  private let source: Source
  private var buffer: [UInt8] = []
  private var start = 0
  private var ended = false

  /// Reads from `source`.
  init(_ source: @escaping Source) { self.source = source }

  /// The next `count` bytes without consuming them; fewer at the end.
  func peek(_ count: Int) throws -> [UInt8] {
    while buffer.count - start < count, try fill() {}
    return Array(buffer[start..<min(start + count, buffer.count)])
  }

  /// Consumes `count` bytes that were peeked at.
  func skip(_ count: Int) { start += count }

  /// Consumes a line and its line feed.
  ///
  /// - Returns: the line without the line feed, or `nil` when there is no line feed within `limit` bytes.
  func readLine(limit: Int) throws -> [UInt8]? {
    var searched = 0
    while true {
      let window = buffer[(start + searched)..<min(buffer.count, start + max(limit, searched))]
      if let end = window.firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(buffer[start..<end])
        start = end + 1
        return line
      }
      searched += window.count
      if searched >= limit { return nil }
      if try !fill() { return nil }
    }
  }

  /// Consumes up to a buffer full of bytes; 0 is the end.
  func read(into output: UnsafeMutableRawBufferPointer) throws -> Int {
    if start < buffer.count {
      let count = min(output.count, buffer.count - start)
      output.copyBytes(from: buffer[start..<(start + count)])
      start += count
      if start == buffer.count {
        buffer = []
        start = 0
      }
      return count
    }
    return ended ? 0 : try source(output)
  }

  /// Adds more to the buffer; `false` at the end. What was consumed is dropped.
  private func fill() throws -> Bool {
    if ended { return false }
    if start > 0 {
      buffer.removeFirst(start)
      start = 0
    }
    var chunk = [UInt8](repeating: 0, count: 16_384)
    let count = try chunk.withUnsafeMutableBytes { try source($0) }
    if count == 0 { ended = true }
    buffer += chunk[..<count]
    return count > 0
  }
}
