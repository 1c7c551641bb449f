@testable import JourneymanSealing

extension MalformedFile {
  /// The first line.
  static let versions: [MalformedFile] = [
    .init("empty file", .notAnEnvelope, bytes: { [] }),
    .init("a line feed only", .notAnEnvelope, bytes: { [10] }),
    .init("another program's file", .notAnEnvelope) { $0.version = "salted__encryption/v1\n" },
    .init("space before the version", .notAnEnvelope) { $0.version = " age-encryption.org/v1\n" },
    .init("byte order mark", .notAnEnvelope) { $0.version = "\u{feff}age-encryption.org/v1\n" },
    .init("upper-case version", .notAnEnvelope) { $0.version = "AGE-ENCRYPTION.ORG/V1\n" },
    .init("version cut off", .notAnEnvelope, bytes: { Array("age-encryption.or".utf8) }),
    .init("version 2", .unsupportedVersion) { $0.version = "age-encryption.org/v2\n" },
    .init("version 10", .unsupportedVersion) { $0.version = "age-encryption.org/v10\n" },
    .init("upper-case V", .unsupportedVersion) { $0.version = "age-encryption.org/V1\n" },
    .init("no version", .malformedHeader) { $0.version = "age-encryption.org/\n" },
    .init("carriage return after the version", .malformedHeader) { $0.version = "age-encryption.org/v1\r\n" },
    .init("space after the version", .malformedHeader) { $0.version = "age-encryption.org/v1 \n" },
    .init("version without line feed", .malformedHeader, bytes: { Array("age-encryption.org/v1".utf8) }),
    .init("two version lines", .malformedHeader) { $0.version = "age-encryption.org/v1\nage-encryption.org/v1\n" },
  ]

  /// The grammar of stanzas.
  static let grammar: [MalformedFile] = [
    .init("no stanza", .malformedHeader) { $0.stanzas = "" },
    .init("arrow without space", .malformedHeader) { $0.stanzas = "->\(good.dropFirst(3))" },
    .init("arrow alone", .malformedHeader) { $0.stanzas = "->\n\n" + good },
    .init("no argument", .malformedHeader) { $0.stanzas = "-> \n\n" + good },
    .init("two spaces", .malformedHeader) { $0.stanzas = good + "-> grease  x\n\n" },
    .init("space at the end", .malformedHeader) { $0.stanzas = good + "-> grease \n\n" },
    .init("tab between arguments", .malformedHeader) { $0.stanzas = good + "-> grease\tx\n\n" },
    .init("zero byte in an argument", .malformedHeader) { $0.stanzas = good + "-> gre\0ase\n\n" },
    .init("delete character in an argument", .malformedHeader) { $0.stanzas = good + "-> grease\u{7f}\n\n" },
    .init("letter outside ASCII", .malformedHeader) { $0.stanzas = good + "-> größe\n\n" },
    .init("carriage return in an argument", .malformedHeader) { $0.stanzas = good + "-> grease\r\n\n" },
    .init("line of 65 columns", .malformedHeader) { $0.stanzas = good + "-> grease\n\(a(65))\n\n" },
    .init("line of 128 columns", .malformedHeader) { $0.stanzas = good + "-> grease\n\(a(128))\n\n" },
    .init("padding", .malformedHeader) { $0.stanzas = good + "-> grease\nQUE=\n" },
    .init("stray bits in a body", .malformedHeader) { $0.stanzas = good + "-> grease\nQUF\n" },
    .init("impossible length", .malformedHeader) { $0.stanzas = good + "-> grease\nQUFBQ\n" },
    .init("full line without a short one", .malformedHeader) { $0.stanzas = good + "-> grease\n\(a(64))\n" },
    .init("two short lines", .malformedHeader) { $0.stanzas = good + "-> grease\nQUFB\nQUFB\n" },
    .init("URL alphabet", .malformedHeader) { $0.stanzas = good + "-> grease\nQU-_\n" },
    .init("space in a body", .malformedHeader) { $0.stanzas = good + "-> grease\nQU FB\n" },
    .init("carriage return in a body", .malformedHeader) { $0.stanzas = good + "-> grease\nQUFB\r\n" },
    .init("empty line between stanzas", .malformedHeader) { $0.stanzas = good + "\n" + good },
    .init("text between stanzas", .malformedHeader) { $0.stanzas = good + "comment\n" },
    .init("body missing", .malformedHeader) { $0.stanzas = good + "-> grease\n" },
    .init("cut in the first line of a stanza", .malformedHeader, bytes: { Array("age-encryption.org/v1\n-> X2".utf8) }),
    .init("cut in a body", .malformedHeader, bytes: { Array("age-encryption.org/v1\n\(good.dropLast(9))".utf8) }),
    .init("cut before the code", .malformedHeader, bytes: { Array("age-encryption.org/v1\n\(good)".utf8) }),
    .init("1,025 stanzas", .malformedHeader) {
      $0.stanzas = good + String(repeating: "-> grease\n\n", count: Header.mostStanzas)
    },
    .init("argument of a mebibyte", .malformedHeader) { $0.stanzas = good + "-> \(a(1 << 20))\n\n" },
    .init("body of a mebibyte", .malformedHeader) {
      $0.stanzas = good + "-> grease\n" + String(repeating: "\(a(64))\n", count: 1 << 14) + "\n"
    },
    .init("header without end", .malformedHeader, bytes: { Array(("age-encryption.org/v1\n-> " + a(2 << 20)).utf8) }),
  ]

  /// The code at the end of the header.
  static let codes: [MalformedFile] = [
    .init("wrong code", .wrongHeaderMAC) { $0.lastLine = { _ in "--- \(a(43))\n" } },
    .init("code of 31 bytes", .malformedHeader) { $0.lastLine = { _ in "--- \(a(42))\n" } },
    .init("code of 33 bytes", .malformedHeader) { $0.lastLine = { _ in "--- \(a(44))\n" } },
    .init("padded code", .malformedHeader) { $0.lastLine = { "--- \($0)=\n" } },
    .init("stray bits in the code", .malformedHeader) { $0.lastLine = { _ in "--- \(a(42))B\n" } },
    .init("no space before the code", .malformedHeader) { $0.lastLine = { "---\($0)\n" } },
    .init("two spaces before the code", .malformedHeader) { $0.lastLine = { "---  \($0)\n" } },
    .init("space after the code", .malformedHeader) { $0.lastLine = { "--- \($0) \n" } },
    .init("carriage return after the code", .malformedHeader) { $0.lastLine = { "--- \($0)\r\n" } },
    .init("no code", .malformedHeader) { $0.lastLine = { _ in "---\n" } },
    .init("space instead of a code", .malformedHeader) { $0.lastLine = { _ in "--- \n" } },
    .init("four dashes", .malformedHeader) { $0.lastLine = { "---- \($0)\n" } },
    .init("two dashes", .malformedHeader) { $0.lastLine = { "-- \($0)\n" } },
    .init("code without line feed", .malformedHeader) {
      $0.lastLine = { "--- \($0)" }
      $0.payload = []
    },
    .init("stanza added", .wrongHeaderMAC) { $0.tamper = { $0.replacing("\n--- ", with: "\n-> grease\n\n--- ") } },
    .init("stanza removed", .wrongHeaderMAC) {
      $0.stanzas = good + "-> grease\n\n"
      $0.tamper = { $0.replacing("-> grease\n\n", with: "") }
    },
    .init("stanzas swapped", .wrongHeaderMAC) {
      $0.stanzas = "-> one\n\n-> two\n\n" + good
      $0.tamper = { $0.replacing("-> one\n\n-> two\n\n", with: "-> two\n\n-> one\n\n") }
    },
    .init("argument changed", .wrongHeaderMAC) {
      $0.stanzas = "-> grease one\n\n" + good
      $0.tamper = { $0.replacing("one", with: "two") }
    },
  ]

  private static let good = ForgedEnvelope.goodStanza

  /// That many letters A: zero bits in Base64.
  static func a(_ count: Int) -> String { String(repeating: "A", count: count) }
}
