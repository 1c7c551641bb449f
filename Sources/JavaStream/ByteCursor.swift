/// Reads big-endian values from bytes, never beyond their end.
struct ByteCursor {
  private let bytes: [UInt8]
  private(set) var position: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = 0
  }

  var left: Int { bytes.count - position }

  mutating func take(_ count: Int) throws(JavaStreamError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= left else {
      throw JavaStreamError(.malformed, "the Java stream ends in the middle of a value")
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) throws(JavaStreamError) -> Number {
    var value: UInt64 = 0
    for byte in try take(Number.bitWidth / 8) { value = value << 8 | UInt64(byte) }
    return Number(truncatingIfNeeded: value)
  }

  func peek() throws(JavaStreamError) -> UInt8 {
    guard left > 0 else { throw JavaStreamError(.malformed, "the Java stream ends where a value should begin") }
    return bytes[position]
  }
}
