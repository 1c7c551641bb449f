/// The last bytes of a stream: a ring of fixed size.
struct TailBuffer {
  private var ring: [UInt8]
  private var next = 0
  /// How many bytes were given in all.
  private(set) var total = 0

  /// Keeps the last `capacity` bytes, at least 1.
  init(capacity: Int) { ring = [UInt8](repeating: 0, count: max(1, capacity)) }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    total += bytes.count
    var rest = bytes.suffix(ring.count)
    while !rest.isEmpty {
      let count = min(rest.count, ring.count - next)
      ring.withUnsafeMutableBytes { target in
        UnsafeMutableRawBufferPointer(rebasing: target[next..<next + count]).copyBytes(from: rest.prefix(count))
      }
      next = (next + count) % ring.count
      rest = rest.dropFirst(count)
    }
  }

  /// The bytes that were kept, from the beginning of a line on if any were lost.
  var lines: [UInt8] {
    if total <= ring.count { return Array(ring[..<min(total, ring.count)]) }
    let kept = Array(ring[next...] + ring[..<next])
    return Array(kept.drop { $0 != 10 }.dropFirst())
  }
}
