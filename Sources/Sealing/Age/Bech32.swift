/// Bech32 (BIP 173) without its limit on length, as the age format uses it for keys.
enum Bech32 {
  private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
  private static let values: [UInt8: UInt8] = Dictionary(
    uniqueKeysWithValues: alphabet.enumerated().map { ($1, UInt8($0)) })

  /// Writes bytes under a lower-case prefix.
  static func encode(_ bytes: [UInt8], prefix: String) -> String {
    let groups = regroup(bytes, from: 8, to: 5, padding: true) ?? []
    let body = groups + checksum(prefix: Array(prefix.utf8), groups)
    return prefix + "1" + String(decoding: body.map { alphabet[Int($0)] }, as: UTF8.self)
  }

  /// Reads a lower-case text.
  ///
  /// - Returns: `nil` when a character, the checksum or the padding is wrong.
  static func decode(_ text: some Sequence<UInt8>) -> (prefix: String, bytes: [UInt8])? {
    let text = Array(text)
    guard let separator = text.lastIndex(of: UInt8(ascii: "1")), separator > 0, text.count - separator > 6 else {
      return nil
    }
    let prefix = Array(text[..<separator])
    guard prefix.allSatisfy({ (33...126).contains($0) && !(65...90).contains($0) }) else { return nil }
    var groups: [UInt8] = []
    for character in text[(separator + 1)...] {
      guard let value = values[character] else { return nil }
      groups.append(value)
    }
    if polymod(expand(prefix) + groups) != 1 { return nil }
    guard let bytes = regroup(groups.dropLast(6), from: 5, to: 8, padding: false) else { return nil }
    return (String(decoding: prefix, as: UTF8.self), bytes)
  }

  private static func checksum(prefix: [UInt8], _ groups: [UInt8]) -> [UInt8] {
    let remainder = polymod(expand(prefix) + groups + [0, 0, 0, 0, 0, 0]) ^ 1
    return (0..<6).map { UInt8((remainder >> (5 * (5 - $0))) & 31) }
  }

  private static func expand(_ prefix: [UInt8]) -> [UInt8] { prefix.map { $0 >> 5 } + [0] + prefix.map { $0 & 31 } }

  private static func polymod(_ values: [UInt8]) -> UInt32 {
    let generator: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
    var sum: UInt32 = 1
    for value in values {
      let top = sum >> 25
      sum = (sum & 0x1ff_ffff) << 5 ^ UInt32(value)
      for (bit, term) in generator.enumerated() where top >> UInt32(bit) & 1 == 1 { sum ^= term }
    }
    return sum
  }

  /// Cuts a string of bits into groups of another width; `nil` when bits are left over that are no zero padding.
  private static func regroup(_ values: some Sequence<UInt8>, from: Int, to: Int, padding: Bool) -> [UInt8]? {
    var result: [UInt8] = []
    var pending: UInt32 = 0
    var bits = 0
    for value in values {
      pending = (pending << UInt32(from) | UInt32(value)) & 0xfff
      bits += from
      while bits >= to {
        bits -= to
        result.append(UInt8(truncatingIfNeeded: pending >> UInt32(bits) & (1 << UInt32(to) - 1)))
      }
    }
    let rest = pending & (1 << UInt32(bits) - 1)
    if padding {
      if bits > 0 { result.append(UInt8(truncatingIfNeeded: rest << UInt32(to - bits))) }
    } else if bits >= from || rest != 0 {
      return nil
    }
    return result
  }
}
