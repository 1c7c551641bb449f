/// Java's modified UTF-8 (`java.io.DataInput`): NUL as two bytes, characters beyond the basic plane as two surrogates of
/// three bytes each.
enum ModifiedUTF8 {
  /// Decodes a string; half a surrogate pair becomes U+FFFD, because a Swift string cannot hold it.
  ///
  /// - Throws: ``JavaStreamError`` for a byte sequence that Java refuses too.
  static func decode(_ bytes: ArraySlice<UInt8>) throws(JavaStreamError) -> String {
    if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
    var units: [UInt16] = []
    units.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    func continuation(_ offset: Int) throws(JavaStreamError) -> UInt16 {
      guard index + offset < bytes.endIndex, bytes[index + offset] & 0xC0 == 0x80 else { throw broken }
      return UInt16(bytes[index + offset] & 0x3F)
    }
    while index < bytes.endIndex {
      let first = UInt16(bytes[index])
      switch first {
      case 0..<0x80:
        units.append(first)
        index += 1
      case 0xC0..<0xE0:
        units.append((first & 0x1F) << 6 | (try continuation(1)))
        index += 2
      case 0xE0..<0xF0:
        units.append((first & 0x0F) << 12 | (try continuation(1)) << 6 | (try continuation(2)))
        index += 3
      default: throw broken
      }
    }
    return String(decoding: units, as: UTF16.self)
  }

  static func encode(_ text: String) -> [UInt8] {
    if text.utf8.allSatisfy({ $0 != 0 && $0 < 0x80 }) { return Array(text.utf8) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for unit in text.utf16 {
      switch unit {
      case 1..<0x80: bytes.append(UInt8(unit))
      case 0, 0x80..<0x800: bytes += [UInt8(0xC0 | unit >> 6), UInt8(0x80 | unit & 0x3F)]
      default:
        bytes += [UInt8(0xE0 | unit >> 12), UInt8(0x80 | unit >> 6 & 0x3F), UInt8(0x80 | unit & 0x3F)]
      }
    }
    return bytes
  }

  private static let broken = JavaStreamError(.malformed, "a string of the Java stream is not modified UTF-8")
}
