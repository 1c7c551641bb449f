internal import CCrypto

/// The textual form of an age file: strict PEM (RFC 7468, figure 3) with the label `AGE ENCRYPTED FILE`.
enum Armor {
  /// The first line.
  static let beginning = Array("-----BEGIN AGE ENCRYPTED FILE-----".utf8)
  /// The last line.
  static let ending = Array("-----END AGE ENCRYPTED FILE-----".utf8)
  /// Columns of every full line.
  static let columns = 64
  /// Bytes of a full line's content.
  static let bytesPerLine = 48
  /// White space allowed before and after.
  static let longestMargin = 1024
}

/// Writes the armored form of what it is given.
///
/// Sendable holds because one thread at a time uses it: the caller's for header and end, one of a pipeline's between.
final class ArmorWriter: @unchecked Sendable {
  private let sink: @Sendable (UnsafeRawBufferPointer) throws -> Void
  private var pending: [UInt8] = []
  private var begun = false

  /// Writes text to `sink`.
  init(_ sink: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void) { self.sink = sink }

  /// Takes more bytes of the file.
  func write(_ bytes: UnsafeRawBufferPointer) throws {
    pending += bytes
    let whole = pending.count / Armor.bytesPerLine * Armor.bytesPerLine
    try emit(whole)
  }

  /// Ends the armor.
  func finish() throws {
    try emit(pending.count)
    try sink(text: Armor.ending + [UInt8(ascii: "\n")])
  }

  private func emit(_ count: Int) throws {
    var text: [UInt8] = []
    if !begun {
      begun = true
      text = Armor.beginning + [UInt8(ascii: "\n")]
    }
    // Each line of 48 bytes becomes 64 columns, a line feed and, for a moment, libcrypto's closing zero.
    let lines = (count + Armor.bytesPerLine - 1) / Armor.bytesPerLine
    let start = text.count
    text += [UInt8](repeating: 0, count: lines * (Armor.columns + 1) + 1)
    var end = start
    pending.withUnsafeBufferPointer { pending in
      text.withUnsafeMutableBufferPointer { text in
        guard let input = pending.baseAddress, let output = text.baseAddress else { return }
        for first in stride(from: 0, to: count, by: Armor.bytesPerLine) {
          let length = min(Armor.bytesPerLine, count - first)
          end += Int(EVP_EncodeBlock(output + end, input + first, Int32(length)))
          text[end] = UInt8(ascii: "\n")
          end += 1
        }
      }
    }
    pending.removeFirst(count)
    try sink(text: Array(text[..<end]))
  }

  private func sink(text: [UInt8]) throws { try text.withUnsafeBytes(sink) }
}

/// Reads the armored form strictly: one content for each text, so that nobody can change a file without breaking it.
final class ArmorReader {
  private let reader: BufferedReader
  private var content: [UInt8] = []
  private var position = 0
  private var state = State.begin

  private enum State { case begin, lines, lastLine, ended }

  /// Whether a stream begins as an armored file, white space allowed.
  static func recognizes(_ reader: BufferedReader) throws -> Bool {
    let start = try reader.peek(Armor.longestMargin + Armor.beginning.count)
    return start.drop(while: isWhitespace).starts(with: "-----BEGIN".utf8)
  }

  /// Reads the text that `reader` gives.
  init(_ reader: BufferedReader) { self.reader = reader }

  /// Fills a buffer, or a part of it, with the bytes in the armor; 0 is the end, after which only white space follows.
  ///
  /// - Throws: ``SealingError`` (`malformedArmor`).
  func read(into output: UnsafeMutableRawBufferPointer) throws -> Int {
    if state == .begin { try begin() }
    while position == content.count && state != .ended { try decodeMore() }
    let count = min(output.count, content.count - position)
    output.copyBytes(from: content[position..<(position + count)])
    position += count
    return count
  }

  private func begin() throws {
    let margin = try reader.peek(Armor.longestMargin).prefix(while: Self.isWhitespace)
    reader.skip(margin.count)
    if try line() != Armor.beginning { throw malformed("its first line is not \(text(Armor.beginning))") }
    state = .lines
  }

  /// Decodes up to a few hundred lines.
  private func decodeMore() throws {
    content.removeAll(keepingCapacity: true)
    position = 0
    while content.count < 16_384 && state != .ended {
      let line = try line()
      if line == Armor.ending {
        state = .ended
        try margin()
      } else if state == .lastLine {
        throw malformed("a line follows one that is shorter than \(Armor.columns) columns")
      } else {
        try decode(line)
        if line.count < Armor.columns || line.last == UInt8(ascii: "=") { state = .lastLine }
      }
    }
  }

  private func decode(_ line: [UInt8]) throws {
    if line.isEmpty || line.count > Armor.columns { throw malformed("a line is empty or longer than 64 columns") }
    if line.count % 4 != 0 { throw malformed("a line is not padded to groups of four") }
    let padding = line.suffix(2).count { $0 == UInt8(ascii: "=") }
    var decoded = [UInt8](repeating: 0, count: line.count / 4 * 3)
    // libcrypto's decoder skips white space and accepts stray bits, so the line must also be what encoding gives.
    var again = [UInt8](repeating: 0, count: line.count + 1)
    let count = EVP_DecodeBlock(&decoded, line, Int32(line.count))
    guard count == decoded.count, padding < 3,
      EVP_EncodeBlock(&again, decoded, Int32(decoded.count - padding)) == line.count,
      again.dropLast().elementsEqual(line)
    else { throw malformed("a line is not canonical Base64") }
    content += decoded.dropLast(padding)
  }

  private func margin() throws {
    let rest = try reader.peek(Armor.longestMargin + 1)
    if rest.count > Armor.longestMargin || !rest.allSatisfy(Self.isWhitespace) {
      throw malformed("something other than white space follows its last line")
    }
  }

  private func line() throws -> [UInt8] {
    let longest = Armor.beginning.count + Armor.columns
    var line: [UInt8]
    if let whole = try reader.readLine(limit: longest) {
      line = whole
    } else {
      // The last line may lack its line feed.
      line = try reader.peek(longest)
      reader.skip(line.count)
      if line != Armor.ending { throw malformed("it ends too early, or a line is too long") }
    }
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    return line
  }

  private static func isWhitespace(_ byte: UInt8) -> Bool { [0x09, 0x0a, 0x0d, 0x20].contains(byte) }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private func malformed(_ what: String) -> SealingError {
    SealingError(.malformedArmor, "the armor of the file is malformed: \(what)")
  }
}
