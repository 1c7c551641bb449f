internal import CGit2

/// The name of a git object: a SHA-1.
struct ObjectID: Hashable, Sendable, Comparable, CustomStringConvertible {
  var raw: git_oid

  init(_ raw: git_oid) { self.raw = raw }

  /// Reads 40 hexadecimal digits; `nil` for anything else.
  init?(hexadecimal text: some StringProtocol) {
    guard text.utf8.count == 40, text.utf8.allSatisfy(Self.isHexadecimal) else { return nil }
    var raw = git_oid()
    guard git_oid_fromstr(&raw, String(text)) == 0 else { return nil }
    self.raw = raw
  }

  /// 40 hexadecimal digits.
  var description: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 41) { buffer in
      withUnsafePointer(to: raw) { pointer in
        guard let text = git_oid_tostr(buffer.baseAddress, 41, pointer) else { return "" }
        return String(cString: text)
      }
    }
  }

  static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      return true
    default: return false
    }
  }

  static func == (left: ObjectID, right: ObjectID) -> Bool { compare(left, right) == 0 }
  static func < (left: ObjectID, right: ObjectID) -> Bool { compare(left, right) < 0 }

  func hash(into hasher: inout Hasher) {
    withUnsafeBytes(of: raw) { hasher.combine(bytes: $0) }
  }

  private static func compare(_ left: ObjectID, _ right: ObjectID) -> Int32 {
    withUnsafePointer(to: left.raw) { a in withUnsafePointer(to: right.raw) { b in git_oid_cmp(a, b) } }
  }
}
