/// One component of a pattern: `*.tar.gz`, `lib?.so`, `[a-c]*`.
struct GlobComponent: Sendable, Hashable {
  private enum Token: Sendable, Hashable {
    case byte(UInt8)
    case anyCharacter
    case anyText
    case set([ClosedRange<UInt32>], isNegated: Bool)
  }

  private let tokens: [Token]

  init(_ text: some Collection<UInt8>) {
    let bytes = Array(text)
    var tokens: [Token] = []
    var at = 0
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "*"):
        if tokens.last != .anyText { tokens.append(.anyText) }
      case UInt8(ascii: "?"):
        tokens.append(.anyCharacter)
      case UInt8(ascii: "["):
        if let (set, end) = Self.readSet(bytes, from: at) {
          tokens.append(set)
          at = end
        } else {
          tokens.append(.byte(byte))
        }
      case UInt8(ascii: "\\") where at < bytes.count:
        tokens.append(.byte(bytes[at]))
        at += 1
      default:
        tokens.append(.byte(byte))
      }
    }
    self.tokens = tokens
  }

  var matchesEverything: Bool { tokens == [.anyText] }

  /// The only name the component matches, or `nil` if it has a wildcard.
  var literal: String? {
    var bytes: [UInt8] = []
    for token in tokens {
      guard case .byte(let byte) = token else { return nil }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  func matches(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    var at = 0
    var position = 0
    var retry: (at: Int, position: Int)?
    while true {
      if at < tokens.count, tokens[at] == .anyText {
        at += 1
        if at == tokens.count { return true }
        retry = (at, position)
        continue
      }
      if position == name.count {
        return at == tokens.count
      }
      if at < tokens.count, let length = matchedLength(tokens[at], name, position) {
        at += 1
        position += length
        continue
      }
      guard var last = retry else { return false }
      last.position += Self.character(name, last.position).length
      retry = last
      (at, position) = last
      if last.position > name.count { return false }
    }
  }

  private func matchedLength(_ token: Token, _ name: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int? {
    switch token {
    case .byte(let byte): return name[position] == byte ? 1 : nil
    case .anyCharacter: return Self.character(name, position).length
    case .set(let ranges, let isNegated):
      let character = Self.character(name, position)
      return ranges.contains { $0.contains(character.value) } != isNegated ? character.length : nil
    case .anyText: return nil
    }
  }

  /// The character at a position; a byte that is not UTF-8 is a character of its own, beyond the last scalar. At the
  /// end the length is 1, so that a retry steps past it.
  private static func character(
    _ bytes: some RandomAccessCollection<UInt8>, _ position: Int
  ) -> (value: UInt32, length: Int) {
    let start = bytes.index(bytes.startIndex, offsetBy: position)
    guard start < bytes.endIndex else { return (0, 1) }
    if bytes[start] < 0x80 { return (UInt32(bytes[start]), 1) }
    var decoder = UTF8()
    var iterator = bytes[start...].prefix(4).makeIterator()
    if case .scalarValue(let scalar) = decoder.decode(&iterator) {
      return (scalar.value, UTF8.width(scalar))
    }
    return (0x11_0000 + UInt32(bytes[start]), 1)
  }

  /// Reads a set after its `[`. A `]` that comes first is a member, as in POSIX.
  ///
  /// - Returns: the set and the index after its `]`, or `nil` if it is never closed.
  private static func readSet(_ bytes: [UInt8], from start: Int) -> (Token, Int)? {
    var at = start
    let isNegated = at < bytes.count && (bytes[at] == UInt8(ascii: "!") || bytes[at] == UInt8(ascii: "^"))
    if isNegated { at += 1 }
    let first = at
    var ranges: [ClosedRange<UInt32>] = []
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "]"), at > first { return (.set(ranges, isNegated: isNegated), at + 1) }
      guard let low = member(bytes, &at) else { return nil }
      var high = low
      if at + 1 < bytes.count, bytes[at] == UInt8(ascii: "-"), bytes[at + 1] != UInt8(ascii: "]") {
        at += 1
        guard let end = member(bytes, &at) else { return nil }
        high = end
      }
      if low <= high { ranges.append(low...high) }
    }
    return nil
  }

  private static func member(_ bytes: [UInt8], _ at: inout Int) -> UInt32? {
    if bytes[at] == UInt8(ascii: "\\") { at += 1 }
    guard at < bytes.count else { return nil }
    let character = character(bytes, at)
    at += character.length
    return character.value
  }
}
