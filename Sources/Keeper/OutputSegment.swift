internal import JourneymanSupport

/// Output that has been passed on but is no event yet.
struct OutputSegment {
  /// When its first byte came.
  let begun: Timestamp
  /// Where it begins in `log.txt`.
  let offset: Int
  /// Bytes as the build wrote them.
  private(set) var length = 0
  /// The bytes themselves, if a sink wants text.
  private(set) var text: [UInt8] = []

  /// Whether it holds nothing but the beginning of a character that the segment before left over.
  private(set) var isRemainder: Bool

  init(begun: Timestamp, offset: Int, remainder: [UInt8] = []) {
    self.begun = begun
    self.offset = offset
    text = remainder
    isRemainder = !remainder.isEmpty
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer, keepingText: Bool) {
    length += bytes.count
    isRemainder = false
    if keepingText { text.append(contentsOf: bytes) }
  }

  /// Takes the text; a character of which the end has not come yet stays, unless it is to be taken as it is.
  mutating func takeText(withIncompleteCharacter isComplete: Bool) -> String {
    let rest = isComplete ? 0 : Self.incompleteCharacter(text)
    let taken = String(decoding: text.dropLast(rest), as: UTF8.self)
    text.removeFirst(text.count - rest)
    return taken
  }

  /// How many bytes at the end begin a UTF-8 sequence that is longer than what is there.
  private static func incompleteCharacter(_ bytes: [UInt8]) -> Int {
    for back in 1...3 where back <= bytes.count {
      let byte = bytes[bytes.count - back]
      if byte & 0xC0 == 0x80 { continue }
      let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      return length > back ? back : 0
    }
    return 0
  }
}
