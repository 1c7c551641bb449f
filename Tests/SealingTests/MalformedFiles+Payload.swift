@testable import JourneymanSealing

extension MalformedFile {
  /// Chunks that were cut, moved, repeated, changed or added.
  static let payloads: [MalformedFile] = [
    .init("no nonce", .truncated) { $0.payload = [] },
    .init("nonce of 15 bytes", .truncated) { $0.payload.removeLast($0.payload.count - 15) },
    .init("no chunk", .truncated) { $0.payload.removeLast($0.payload.count - 16) },
    .init("chunk shorter than a tag", .truncated) { $0.payload.removeLast($0.payload.count - 16 - 15) },
    .init("cut in the only chunk", .damaged) { $0.payload.removeLast() },
    .init("cut in the last chunk", .damaged) { $0.payload = payload(of: 3, last: 100).dropLast(1) },
    .init("cut so that a few bytes of the last chunk stay", .truncated) {
      $0.payload = payload(of: 3, last: 100).dropLast(110)
    },
    .init("cut at the border of a chunk", .truncated) { $0.payload = payload(of: 3, last: 100).dropLast(116) },
    .init("cut at the border of a batch", .truncated) {
      $0.payload = payload(of: 9, last: 100).dropLast(4 * 65_552 + 116)
    },
    .init("only chunk not final", .truncated) { $0.payload = ForgedEnvelope.payload(not(0, full)) },
    .init("short only chunk not final", .truncated) { $0.payload = ForgedEnvelope.payload(not(0, short)) },
    .init("last chunk not final", .truncated) { $0.payload = ForgedEnvelope.payload(not(0, full), not(1, short)) },
    .init("bit flipped in the only chunk", .damaged) { $0.payload[16] ^= 1 },
    .init("bit flipped in a tag", .damaged) { $0.payload[$0.payload.count - 1] ^= 0x80 },
    .init("bit flipped in the nonce", .damaged) { $0.payload[0] ^= 1 },
    .init("bit flipped in the first chunk of many", .damaged) {
      $0.payload = payload(of: 12, last: 9)
      $0.payload[20] ^= 4
    },
    .init("bit flipped in a chunk in the middle", .damaged) {
      $0.payload = payload(of: 12, last: 9)
      $0.payload[16 + 6 * 65_552 + 70] ^= 4
    },
    .init("zero bytes instead of a chunk", .damaged) {
      $0.payload = ForgedEnvelope.payload(not(0, full), [UInt8](repeating: 0, count: 65_552), final(2, short))
    },
    .init("two chunks swapped", .damaged) {
      $0.payload = ForgedEnvelope.payload(not(1, full), not(0, full), final(2, short))
    },
    .init("a chunk twice", .damaged) {
      $0.payload = ForgedEnvelope.payload(not(0, full), not(0, full), final(2, short))
    },
    .init("a chunk left out", .damaged) { $0.payload = ForgedEnvelope.payload(not(0, full), final(2, short)) },
    .init("the first chunk left out", .damaged) { $0.payload = ForgedEnvelope.payload(not(1, full), final(2, short)) },
    .init("the last chunk first", .damaged) { $0.payload = ForgedEnvelope.payload(final(1, full), not(0, full)) },
    .init("first of two chunks final", .trailingData) {
      $0.payload = ForgedEnvelope.payload(final(0, full), final(1, short))
    },
    .init("final chunk, then one more not final", .trailingData) {
      $0.payload = ForgedEnvelope.payload(final(0, full), not(1, short))
    },
    .init("the final chunk twice", .trailingData) {
      $0.payload = ForgedEnvelope.payload(final(0, full), final(0, full))
    },
    .init("a byte after a full final chunk", .trailingData) {
      $0.payload = ForgedEnvelope.payload(final(0, full), [0])
    },
    .init("a chunk's worth after a full final chunk", .trailingData) {
      $0.payload = ForgedEnvelope.payload(final(0, full), [UInt8](repeating: 7, count: 65_552))
    },
    .init("a line feed after a short final chunk", .damaged) { $0.payload += [10] },
    .init(
      "a whole file after the file", .damaged,
      bytes: {
        try ForgedEnvelope().bytes + ForgedEnvelope().bytes
      }),
    .init("empty final chunk after a full one", .damaged) {
      $0.payload = ForgedEnvelope.payload(not(0, full), final(1, []))
    },
    .init("empty chunk, not final, alone", .truncated) { $0.payload = ForgedEnvelope.payload(not(0, [])) },
    .init("short chunk in the middle", .damaged) {
      $0.payload = ForgedEnvelope.payload(not(0, short), final(1, short))
    },
    .init("chunk of 65,537 bytes", .damaged) {
      $0.payload = ForgedEnvelope.payload(final(0, Envelopes.pattern(65_537)))
    },
    .init("chunks counted from one", .damaged) { $0.payload = ForgedEnvelope.payload(not(1, full), final(2, full)) },
    .init("flag in the wrong place of the nonce", .damaged) { $0.payload = ForgedEnvelope.payload(not(1, short)) },
    .init("plain text instead of chunks", .damaged) { $0.payload = ForgedEnvelope.payload(full) },
  ]

  /// Armor around a good file.
  static let armors: [MalformedFile] = [
    armor("another label", .malformedArmor) { $0.replacing("AGE ENCRYPTED FILE", with: "PGP MESSAGE") },
    armor("lower-case label", .malformedArmor) { $0.replacing("ENCRYPTED", with: "encrypted") },
    armor("another label at the end", .malformedArmor) { $0.replacing("END AGE", with: "END OLD") },
    armor("space after the first line", .malformedArmor) { $0.replacing("FILE-----\nYWdl", with: "FILE----- \nYWdl") },
    armor("first line only", .malformedArmor) { _ in "-----BEGIN AGE ENCRYPTED FILE-----\n" },
    armor("first line cut off", .malformedArmor) { String($0.prefix(30)) },
    armor("no last line", .malformedArmor) { $0.replacing("-----END AGE ENCRYPTED FILE-----\n", with: "") },
    armor("last line cut off", .malformedArmor) { String($0.dropLast(3)) },
    armor("nothing inside", .notAnEnvelope) { _ in
      "-----BEGIN AGE ENCRYPTED FILE-----\n-----END AGE ENCRYPTED FILE-----\n"
    },
    armor("header field", .malformedArmor) { $0.replacing("FILE-----\nYWdl", with: "FILE-----\nVersion: 1\n\nYWdl") },
    armor("empty line at the beginning", .malformedArmor) { $0.replacing("\nYWdl", with: "\n\nYWdl") },
    armor("empty line at the end", .malformedArmor) { $0.replacing("\n-----END", with: "\n\n-----END") },
    armor("line of 68 columns", .malformedArmor) { join($0, line: 1, taking: 4) },
    armor("line of 128 columns", .malformedArmor) { join($0, line: 1, taking: 64) },
    armor("short line in the middle", .malformedArmor) { insert($0, "\n", column: 60) },
    armor("line with a length not divisible by four", .malformedArmor) { insert($0, "\n", column: 62) },
    armor("space in a line", .malformedArmor) { insert($0, " ", column: 30) },
    armor("space at the start of a line", .malformedArmor) { $0.replacing("\nYWdl", with: "\n YWdl") },
    armor("space at the end of a line", .malformedArmor) { insert($0, " ", column: 64) },
    armor("carriage return inside a line", .malformedArmor) { insert($0, "\r", column: 32) },
    armor("only carriage returns", .malformedArmor) { $0.replacing("\n", with: "\r") },
    armor("character outside the alphabet", .malformedArmor) { $0.replacing("\nYWdl", with: "\nYW*l") },
    armor("URL alphabet", .malformedArmor) { $0.replacing("\nYWdl", with: "\nYW_l") },
    armor("zero byte", .malformedArmor) { $0.replacing("\nYWdl", with: "\nYW\0l") },
    armor("no padding", .malformedArmor) { $0.replacing("=", with: "") },
    armor("too much padding", .malformedArmor) { $0.replacing("\n-----END", with: "=\n-----END") },
    armor("stray bits", .malformedArmor, stray),
    armor("padding on a line of its own", .malformedArmor) { $0.replacing("=", with: "\n=") },
    armor("padding in the middle", .malformedArmor) { $0.replacing("\nYWdl", with: "\nYQ==") },
    armor("checksum as of PGP", .malformedArmor) { $0.replacing("\n-----END", with: "\n=njUN\n-----END") },
    armor("text after the armor", .malformedArmor) { $0 + "bye" },
    armor("second armor after the first", .malformedArmor) { $0 + $0 },
    armor("too much white space after", .malformedArmor) { $0 + String(repeating: "\n", count: 1025) },
    armor("too much white space before", .malformedArmor) { String(repeating: "\n", count: 1025) + $0 },
    armor("text before the armor", .notAnEnvelope) { "hello\n" + $0 },
    .init(
      "armor in armor", .notAnEnvelope,
      bytes: {
        let inner = try ForgedEnvelope().armored()
        let sealed = inner.withUnsafeBytes { inner in Lines.encode(Array(inner)) }
        return Array(("-----BEGIN AGE ENCRYPTED FILE-----\n\(sealed)-----END AGE ENCRYPTED FILE-----\n").utf8)
      }),
    .init(
      "byte after the payload in the armor", .damaged,
      bytes: {
        var envelope = ForgedEnvelope()
        envelope.payload += [0]
        return try envelope.armored()
      }),
  ]

  private static let full = Envelopes.pattern(65_536)
  private static let short = Array(full[..<1000])

  private static func not(_ number: Int, _ plain: [UInt8]) -> [UInt8] {
    ForgedEnvelope.chunk(plain, number, isFinal: false)
  }

  private static func final(_ number: Int, _ plain: [UInt8]) -> [UInt8] {
    ForgedEnvelope.chunk(plain, number, isFinal: true)
  }

  /// Nonce and so many chunks, of which the last holds so many bytes.
  private static func payload(of count: Int, last: Int) -> [UInt8] {
    ForgedEnvelope.chunks([[UInt8]](repeating: full, count: count - 1) + [Array(full[..<last])])
  }

  private static func armor(
    _ name: String, _ code: SealingError.Code, _ change: @escaping @Sendable (String) -> String
  ) -> MalformedFile {
    // One plain byte more or less changes the padding; this content ends with a single =.
    .init(
      name, code,
      bytes: {
        var envelope = ForgedEnvelope()
        for length in 1...3 {
          envelope.payload = ForgedEnvelope.chunks([[UInt8](repeating: 65, count: length)])
          let text = String(decoding: try envelope.armored(), as: UTF8.self)
          if text.contains("="), !text.contains("==") { return Array(change(text).utf8) }
        }
        preconditionFailure("no length gives one = of padding")
      })
  }

  private static func insert(_ text: String, _ addition: String, column: Int) -> String {
    var text = text
    let start = "-----BEGIN AGE ENCRYPTED FILE-----\n".count
    text.insert(contentsOf: addition, at: text.index(text.startIndex, offsetBy: start + column))
    return text
  }

  private static func join(_ text: String, line: Int, taking count: Int) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines[line] += lines[line + 1].prefix(count)
    lines[line + 1].removeFirst(count)
    return lines.filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
  }

  /// Sets a bit that no encoder sets in the character before the padding.
  private static let stray: @Sendable (String) -> String = { text in
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    guard let padding = text.firstIndex(of: "="), let place = alphabet.firstIndex(of: text[text.index(before: padding)])
    else { return text }
    var text = text
    text.replaceSubrange(text.index(before: padding)..<padding, with: String(alphabet[place ^ 1]))
    return text
  }
}

/// Base64 in lines of 64 columns.
private enum Lines {
  static func encode(_ bytes: [UInt8]) -> String {
    let text = Array(CanonicalBase64.encode(bytes)) + [Character](repeating: "=", count: (3 - bytes.count % 3) % 3)
    return stride(from: 0, to: text.count, by: 64).map { String(text[$0..<min($0 + 64, text.count)]) + "\n" }.joined()
  }
}
