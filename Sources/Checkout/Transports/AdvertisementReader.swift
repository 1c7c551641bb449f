/// Reads the server's list of references ahead of libgit2, to take out what libgit2 1.5 cannot parse: the lines
/// `shallow ID` of a server whose own history is shallow (gitprotocol-pack, "Reference Discovery").
struct AdvertisementReader {
  /// Commits the server has no parents of.
  private(set) var shallow: [ObjectID] = []
  private var ready: [UInt8] = []
  private var position = 0
  private var raw: [UInt8] = []
  private var remainingFlushes: Int
  private var total = 0
  /// A list of references of this size is an attack on memory: it is some five million of them.
  private static let longest = 512 << 20

  /// - Parameter sections: how many flush packets end it: one, and over HTTP one more after the service's name.
  init(sections: Int) { remainingFlushes = sections }

  var isOver: Bool { remainingFlushes == 0 && position == ready.count && raw.isEmpty }

  /// Takes bytes from the server until some are ready, and gives them on.
  ///
  /// - Parameter source: like ``SmartStream/read(into:)``.
  /// - Returns: 0 when the server ended the stream.
  mutating func read(
    into buffer: UnsafeMutableRawBufferPointer, from source: (UnsafeMutableRawBufferPointer) throws -> Int
  ) throws -> Int {
    while position == ready.count {
      ready.removeAll(keepingCapacity: true)
      position = 0
      if remainingFlushes == 0 && raw.isEmpty { return try source(buffer) }
      if remainingFlushes == 0 {
        swap(&ready, &raw)
        continue
      }
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let count = try chunk.withUnsafeMutableBytes { try source($0) }
      if count == 0 { return 0 }
      total += count
      if total > Self.longest { throw CheckoutError(.refused, "the server's list of references is too long") }
      raw += chunk[..<count]
      takeLines()
    }
    let count = min(buffer.count, ready.count - position)
    buffer.copyBytes(from: ready[position..<(position + count)])
    position += count
    return count
  }

  /// Moves complete lines from `raw` to `ready`. What is not a packet line is left to libgit2 to complain about.
  private mutating func takeLines() {
    var start = 0
    while remainingFlushes > 0, raw.count - start >= 4 {
      guard let length = Int(String(decoding: raw[start..<(start + 4)], as: UTF8.self), radix: 16) else {
        remainingFlushes = 0
        break
      }
      let end = start + max(4, length)
      if raw.count < end { break }
      let line = raw[start..<end]
      if length == 0 { remainingFlushes -= 1 }
      if let id = Self.shallowCommit(line.dropFirst(4)) { shallow.append(id) } else { ready += line }
      start = end
    }
    raw.removeFirst(start)
  }

  private static func shallowCommit(_ line: ArraySlice<UInt8>) -> ObjectID? {
    guard line.starts(with: "shallow ".utf8) else { return nil }
    return ObjectID(hexadecimal: String(decoding: line.dropFirst(8).prefix(40), as: UTF8.self))
  }
}
