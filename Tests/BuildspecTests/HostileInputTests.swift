import JourneymanBuildspec
import Testing

/// What a stranger might send: each ends in a clear error, soon, in bounded memory.
@Suite(.timeLimit(.minutes(1))) struct HostileInputTests {
  private static let tooManyNodes = "the text stands for more than 100000 nodes, aliases included"

  @Test func refusesLargeFiles() {
    let document = Buildspec.parse([UInt8](repeating: UInt8(ascii: "#"), count: 10_000_000), file: "x")
    #expect(
      document.errorLines == ["1:1 the text has 10000000 bytes, more than the 1048576 that are read at line 1"])
  }

  @Test func readsAFileOfTheLargestSize() throws {
    let head = "version: 0.2\nphases:\n  build:\n    commands: [make]\n# "
    let text = head + String(repeating: "x", count: Buildspec.largestFile - head.utf8.count)
    #expect(text.utf8.count == Buildspec.largestFile)
    #expect(parse(text).buildspec?.phases[.build]?.commands == ["make"])
  }

  @Test func refusesAliasBombs() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1...30 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(aliases)]\n"
    }
    let document = parse(text)
    #expect(document.errors.map(\.message) == ["\(Self.tooManyNodes) at line 6"])
  }

  @Test func refusesMergeBombs() {
    let keys = (0..<1_000).map { "k\($0): v" }.joined(separator: ", ")
    let merges = Array(repeating: "*a", count: 1_000).joined(separator: ", ")
    let document = parse("a: &a {\(keys)}\nb: {<<: [\(merges)]}\n")
    #expect(document.errors.map(\.message) == ["\(Self.tooManyNodes) at line 2"])
  }

  @Test func refusesChainsOfMerges() {
    var text = "a0: &a0 {\((0..<300).map { "k\($0): v" }.joined(separator: ", "))}\n"
    for level in 1...2_000 { text += "a\(level): &a\(level) {<<: *a\(level - 1), n\(level): v}\n" }
    #expect(parse(text).errors.first?.message.hasPrefix(Self.tooManyNodes) == true)
  }

  @Test(arguments: [
    String(repeating: "[", count: 10_000), String(repeating: "{a: ", count: 10_000),
    "a: " + String(repeating: "[", count: 500_000), String(repeating: "- ", count: 10_000),
    String(repeating: "? ", count: 10_000), String(repeating: "[\n", count: 10_000),
    (0..<1_400).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
  ])
  func refusesDeepNesting(text: String) {
    let document = parse(text)
    #expect(document.errors.count == 1)
    #expect(document.errors.first?.message.hasPrefix("nested deeper than 128 levels at line ") == true)
  }

  @Test func countsTheDepthOfAliases() {
    var text = "a0: &a0 [x]\n"
    for level in 1...200 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
    #expect(parse(text).errors.map(\.message) == ["nested deeper than 128 levels at line 128"])
  }

  @Test(arguments: [
    String(repeating: "- a\n", count: 200_000), "[" + String(repeating: "a,", count: 500_000),
    String(repeating: "a:\n", count: 300_000), "a: [" + String(repeating: "&a b,", count: 200_000),
  ])
  func refusesMoreNodesThanAnybodyWrites(text: String) {
    #expect(parse(text).errors.first?.message.hasPrefix(Self.tooManyNodes) == true)
  }

  @Test func boundsTheProblems() {
    let text = (0..<40_000).map { "k\($0): v\n" }.joined() + String(repeating: "dup: v\n", count: 5_000)
    let document = parse(text)
    #expect(document.warnings.count == 500)
    #expect(document.errors.count == 2)
    let phases = (0..<40_000).map { "  p\($0): v\n" }.joined()
    #expect(parse("version: 0.2\nphases:\n" + phases).errors.count == 500)
  }

  @Test func boundsWhatAProblemSays() throws {
    let long = String(repeating: "x", count: 100_000)
    let document = parse(
      """
      version: \(long)
      env: {shell: \(long), secrets-manager: {A: "a:b:c:d:\(long)"}}
      phases:
        \(String(repeating: "p", count: 900)): {}
        build: {on-failure: \(long)}
      artifacts: {files: [\(long)], discard-paths: \(long), \(String(repeating: "u", count: 900)): 1}
      """)
    #expect(document.problems.count >= 7)
    #expect(document.problems.allSatisfy { $0.message.count <= 1_001 })
    let key = parse("version: 0.2\nphases: {build: }\n? \(long)\n: 1\n")
    #expect(key.problems.count == 1)
    #expect(key.problems.allSatisfy { $0.message.count <= 1_001 })
    #expect(try #require(key.unknownKeysText).count <= 1_200)
  }

  @Test(arguments: [String(repeating: "(a*)*", count: 190_000), String(repeating: "(", count: 900_000)])
  func refusesLongRegularExpressions(pattern: String) {
    let document = parse("version: 0.2\nphases: {build: {on-failure: 'RETRY-\(pattern)'}}\n")
    #expect(document.errors.map(\.code) == [.yamlFileError])
    #expect(document.errors.first?.message.hasSuffix("regex up to 1000 bytes") == true)
  }

  @Test func refusesManyTagDirectives() {
    let text = (0..<60_000).map { "%TAG !\($0)! x\n" }.joined() + "---\na: b\n"
    let utf16: [UInt8] = [0xFF, 0xFE] + text.prefix(400_000).utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    for bytes in [Array(text.utf8), utf16] {
      #expect(
        Buildspec.parse(bytes, file: "x").errorLines == ["1:1 the text has more than 100 %TAG directives at line 1"])
    }
    #expect(
      parse(with: "env: {variables: {A: \"%TAG% \(String(repeating: "%TAG%", count: 200))\"}}\n").buildspec != nil)
  }

  @Test func checksManyPatternsWithoutExpandingThem() {
    let pattern = String(repeating: "{a,b}", count: 10)
    let items = String(repeating: "    - '\(pattern)'\n", count: 15_000)
    #expect(parse(with: "artifacts:\n  files:\n\(items)").buildspec?.artifacts.primary?.files.count == 15_000)
  }

  @Test func spellsOutWhatCouldSteerATerminal() throws {
    let document = parse(with: "env: {\"\\e[31m\\nforged: \\u202E\": 1, shell: \"\\e]0;x\\a\"}\n")
    #expect(document.unknownKeys == [.init(section: "env", keys: ["\\u{1B}[31m\\u{A}forged: \\u{202E}"])])
    let texts = document.problems.map(\.description) + [try #require(document.unknownKeysText)]
    #expect(texts.count == 3)
    #expect(texts.allSatisfy { !$0.contains("\u{1B}") && !$0.contains("\u{202E}") && !$0.contains("\u{7}") })
  }

  @Test func readsAnEndlessScalarAndAnEndlessLine() {
    let long = String(repeating: "word ", count: 190_000)
    #expect(parse(with: "env: {variables: {A: \(long)}}\n").buildspec != nil)
    #expect(parse(with: "env: {variables: {A: \"\(long)}}\n").errors.count == 1)
    #expect(parse("\(long): b\n").errors.count == 1)
  }
}
