/// JSON's escapes for characters beyond the first 65,536, which YAML has no pairs for.
enum JSONEscapes {
  /// A JSON text in which each pair `\ud83d\ude00` is the one escape `\U0001F600`, which YAML reads; any other text as
  /// it is.
  static func joined(_ bytes: [UInt8]) -> [UInt8] {
    guard let first = bytes.first(where: { ![9, 10, 13, 32].contains($0) }), first == 123 || first == 91 else {
      return bytes
    }
    var joined: [UInt8] = []
    joined.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      guard bytes[index] == 92 else {
        joined.append(bytes[index])
        index += 1
        continue
      }
      if let high = unit(bytes, at: index), (0xD800..<0xDC00).contains(high), let low = unit(bytes, at: index + 6),
        (0xDC00..<0xE000).contains(low)
      {
        let value = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
        let digits = String(value, radix: 16, uppercase: true)
        joined += Array("\\U".utf8) + Array(String(repeating: "0", count: 8 - digits.count).utf8) + Array(digits.utf8)
        index += 12
      } else {
        joined += bytes[index..<min(index + 2, bytes.count)]
        index += 2
      }
    }
    return joined
  }

  /// The number of the escape `\uXXXX` at a place.
  private static func unit(_ bytes: [UInt8], at index: Int) -> UInt32? {
    guard index + 6 <= bytes.count, bytes[index] == 92, bytes[index + 1] == 117 else { return nil }
    return UInt32(String(decoding: bytes[(index + 2)..<(index + 6)], as: UTF8.self), radix: 16)
  }
}
