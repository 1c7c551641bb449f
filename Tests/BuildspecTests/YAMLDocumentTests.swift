import JourneymanBuildspec
import Testing

@Suite struct YAMLDocumentTests {
  private func read(_ text: String) throws -> YAMLNode { try #require(try YAMLDocument(Array(text.utf8)).root) }

  @Test func keepsOrderStyleTagAndPlace() throws {
    let root = try read("b: 'x'\na: !!str \"y\"\nc: |\n  z\nd: [1, *q]\n".replacing("*q", with: "2"))
    let entries = try #require(root.entries)
    #expect(entries.map(\.key.scalar?.text) == ["b", "a", "c", "d"])
    #expect(entries.map(\.value.scalar?.style) == [.singleQuoted, .doubleQuoted, .literal, nil])
    #expect(entries.map(\.value.tag) == [nil, "tag:yaml.org,2002:str", nil, nil])
    #expect(entries.map(\.value.mark.line) == [1, 2, 3, 5])
    #expect(entries.map(\.value.mark.column) == [4, 4, 4, 4])
    #expect(root["d"]?.items?.map(\.mark.column) == [5, 8])
    #expect(root["e"] == nil)
  }

  @Test func replacesAliases() throws {
    let root = try read("base: &b {x: 1, y: [2]}\nuse: *b\nagain: &b 3\nlast: *b\n")
    #expect(root["use"] == root["base"])
    #expect(root["use"]?.mark == YAMLMark(line: 2, column: 6))
    #expect(root["last"]?.scalar?.text == "3")
  }

  @Test func mergesMappings() throws {
    let root = try read(
      """
      one: &one {a: 1, b: 1}
      two: &two {b: 2, c: 2}
      late: {a: own, <<: *one}
      early: {<<: *one, a: own}
      several: {<<: [*one, *two], c: own}
      twice: {<<: *one, <<: *two}
      none: {<<: , a: 1}
      quoted: {"<<": text}
      chained: {<<: {<<: *one, d: 4}}
      """)
    func texts(_ key: String) -> [String: String] {
      Dictionary(
        uniqueKeysWithValues: (root[key]?.entries ?? []).map {
          ($0.key.scalar?.text ?? "", $0.value.scalar?.text ?? "")
        })
    }
    #expect(texts("late") == ["a": "own", "b": "1"])
    #expect(texts("early") == ["a": "own", "b": "1"])
    #expect(texts("several") == ["a": "1", "b": "1", "c": "own"])
    #expect(texts("twice") == ["a": "1", "b": "1", "c": "2"])
    #expect(texts("none") == ["a": "1"])
    #expect(texts("quoted") == ["<<": "text"])
    #expect(texts("chained") == ["a": "1", "b": "1", "d": "4"])
  }

  @Test func takesTheLastOfDuplicateKeys() throws {
    let document = try YAMLDocument(Array("a: 1\nb: 2\n\"a\": 3\n".utf8))
    #expect(document.root?.entries?.count == 2)
    #expect(document.root?["a"]?.scalar?.text == "3")
    #expect(
      document.oddities == [
        .init(kind: .duplicateKey("a", firstLine: 1), mark: YAMLMark(line: 3, column: 1))
      ])
  }

  @Test(arguments: ["a: 1\n---\nb: 2\n", "a: 1\n...\n}{\n"])
  func readsOnlyTheFirstDocument(text: String) throws {
    let document = try YAMLDocument(Array(text.utf8))
    #expect(document.root?["a"]?.scalar?.text == "1")
    #expect(document.root?.entries?.count == 1)
    #expect(document.oddities.map(\.kind) == [.furtherDocument])
  }

  @Test(arguments: [
    ("~", true), ("null", true), ("Null", true), ("", true), ("'null'", false), ("nul", false), ("!!null x", true),
    ("!!str null", false), ("! null", false), ("0", false), ("[]", false),
  ])
  func tellsNull(text: String, expected: Bool) throws {
    #expect(try #require(try read("a: \(text)\n")["a"]).isNull == expected)
  }

  private static let sample = "version: 0.2\nphases:\n  build:\n    commands:\n      - 'ä ≠ 🚀'\n"

  private static let windowsSample = sample.replacing("\n", with: "\r\n")

  private static let encodings: [[UInt8]] = [
    Array(sample.utf8), [0xEF, 0xBB, 0xBF] + Array(sample.utf8), Array(windowsSample.utf8),
    Array(sample.replacing("\n", with: "\r").utf8), utf16(sample, lowFirst: true), utf16(sample, lowFirst: false),
    utf16(windowsSample, lowFirst: true), Array(sample.dropLast().utf8), Array(("---\n" + sample + "...\n").utf8),
  ]

  private static func utf16(_ text: String, lowFirst: Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    for unit in "\u{FEFF}\(text)".utf16 {
      let (low, high) = (UInt8(unit & 0xFF), UInt8(unit >> 8))
      bytes += lowFirst ? [low, high] : [high, low]
    }
    return bytes
  }

  @Test(arguments: encodings)
  func readsEveryEncoding(bytes: [UInt8]) throws {
    let document = Buildspec.parse(bytes, file: "x")
    #expect(document.problems.isEmpty)
    #expect(try #require(document.buildspec?.phases[.build]).commands == ["ä ≠ 🚀"])
  }

  @Test func placesErrorsInUTF16() {
    let bytes = Self.utf16("a: 1\nb: ä\u{1}\n", lowFirst: true)
    #expect(Buildspec.parse(bytes, file: "x").errorLines == ["2:5 control characters are not allowed at line 2"])
  }

  @Test func keepsLinesOfTextsWithCRLF() throws {
    let document = parse(
      "version: 0.2\r\nphases:\r\n  build:\r\n    commands:\r\n      - |\r\n        a\r\n        b\r\n")
    #expect(try #require(document.buildspec?.phases[.build]).commands == ["a\nb\n"])
  }

  @Test func readsJSON() throws {
    let document = parse(
      """
      {
      \t"version": "0.2",
      \t"env": { "variables": { "A": "x\\/y\\u00e9", "N": 1.50, "T": true, "Z": null } },
      \t"phases": { "build": { "commands": [ "echo \\"a: b\\"", "ls" ] } },
      \t"artifacts": { "files": [ "**/*" ], "discard-paths": false }
      }
      """)
    #expect(document.problems.isEmpty)
    let buildspec = try #require(document.buildspec)
    #expect(buildspec.environment.variables.map(\.value) == ["x/yé", "1.50", "true", ""])
    #expect(buildspec.phases[.build]?.commands == ["echo \"a: b\"", "ls"])
    #expect(buildspec.artifacts.primary?.files == ["**/*"])
  }
}
