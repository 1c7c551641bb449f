import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns) struct GlobPatternTests {
  @Test(arguments: [
    // Within a component
    ("*", "a.txt", true), ("*", "dir/a.txt", false), ("*.txt", "a.txt", true), ("*.txt", ".txt", true),
    ("*", ".hidden", true), ("a*c*e", "abcde", true), ("a*c*e", "abcd", false), ("?.c", "x.c", true),
    ("?.c", "é.c", true), ("?", "ab", false), ("?", "", false), ("*?", "日", true), ("*??", "日", false),
    ("[ab].c", "a.c", true), ("[ab].c", "c.c", false), ("[!ab].c", "c.c", true), ("[^ab].c", "a.c", false),
    ("[a-c]x", "bx", true), ("[a-]x", "-x", true), ("[]]x", "]x", true), ("[!]]x", "]x", false),
    ("[α-ω]", "λ", true), ("[α-ω]", "z", false), ("[z-a]", "m", false), ("a[b", "a[b", true),
    ("my-build*", "my-build-42", true), ("\\*.c", "*.c", true), ("\\*.c", "a.c", false), ("a\\", "a\\", true),
    // Across components
    ("**/*", "a", true), ("**/*", "a/b/c", true), ("**/*", ".git/config", true), ("**/.*", "x/.env", true),
    ("**/.*", ".env", true), ("**/.*/**/*", "a/.git/b/c", true), ("**/.*/**/*", "a/git/b", false),
    ("**/*.jar", "app.jar", true), ("**/*.jar", "t/u/app.jar", true), ("dir/*", "dir/a", true),
    ("dir/*", "dir/a/b", false), ("dir/**/*", "dir/a", true), ("dir/**/*", "dir/a/b", true),
    ("dir/**/*", "dir", false), ("dir/**", "dir/a/b", true), ("dir/**", "dir", false), ("**", "a/b", true),
    ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true), ("a/**/b", "a/x/b/y", false),
    ("**/a/**/b/**/c", "x/a/y/a/b/b/z/c", true), ("**/a/**/b/**/c", "x/a/y/b/z/d", false),
    ("a**b", "axxb", true), ("a**b", "ax/xb", false), ("**.jar", "a.jar", true), ("**.jar", "d/a.jar", false),
    // Braces
    ("*.{c,h}", "a.h", true), ("*.{c,h}", "a.o", false), ("{src,test}/**/*.py", "test/x/y.py", true),
    ("{a/b,c}/d", "a/b/d", true), ("{a,b{c,d}}e", "bde", true), ("{a,}b", "b", true), ("{}", "{}", true),
    ("{a}", "a", true), ("{a,b", "{a,b", true), ("a}", "a}", true), ("\\{a,b}", "{a,b}", true),
    ("{a\\,b,c}", "a,b", true), ("{a,{b}", "{a,b", true),
    // Spelling of paths
    ("./a/b", "a/b", true), ("a//b/", "a/b", true), ("a/b", "./a//b/", true), ("/etc/*", "/etc/x", true),
    ("/etc/*", "etc/x", false), ("etc/*", "/etc/x", false), ("../x", "../x", true), ("", "", true), ("", "a", false),
    ("Readme", "README", false),
  ])
  func matches(pattern: String, path: String, expected: Bool) throws {
    #expect(try GlobPattern(pattern).matches(path) == expected)
    #expect(try GlobPattern(pattern).matches(Array(path.utf8)) == expected)
  }

  @Test(arguments: [
    ("**/*.c", "any/where", true), ("src/**/*", "", true), ("src/**/*", "src", true), ("src/**/*", "src/a/b", true),
    ("src/**/*", "docs", false), ("*.c", "", true), ("*.c", "src", false), ("a/*/c", "a", true), ("a/*/c", "a/x", true),
    ("a/*/c", "a/x/c", false), ("a/*/c", "b", false), ("{a,b/c}/d", "b", true), ("{a,b/c}/d", "b/d", false),
    ("/etc/*", "/", true), ("/etc/*", "/etc", true), ("/etc/*", "/usr", false), ("/etc/*", "etc", false),
    ("**/x", "/etc", false), (".*/x", ".git", true),
  ])
  func prunesDirectories(pattern: String, directory: String, expected: Bool) throws {
    #expect(try GlobPattern(pattern).couldMatchBeneath(directory) == expected)
  }

  @Test(arguments: [
    ("node_modules/**/*", "node_modules", true), ("node_modules/**/*", "node_modules/a", true),
    ("node_modules/**", "node_modules", true), ("node_modules/**/*", "", false),
    ("node_modules/*", "node_modules", false),
    ("**/*", "", true), ("**/.*/**/*", "a/.git", true), ("**/.*/**/*", "a/git", false), ("**/*.c", "src", false),
    ("*", "", false),
  ])
  func knowsWhatMatchesWhole(pattern: String, directory: String, expected: Bool) throws {
    #expect(try GlobPattern(pattern).matchesEverythingBeneath(directory) == expected)
  }

  @Test(arguments: [
    ("target/site/**/*.html", ["target/site"]), ("*.jar", [""]), ("a/b/c", ["a/b"]), ("/*", ["/"]),
    ("/root/.m2/**/*", ["/root/.m2"]), ("{a,b}/c/*", ["a/c", "b/c"]), ("{a,b}", [""]), ("a/\\*/c", ["a/*"]),
  ])
  func tellsWhereToStart(pattern: String, expected: [String]) throws {
    #expect(try GlobPattern(pattern).startingDirectories == expected)
  }

  @Test func tellsAbsoluteAndParentReferences() throws {
    #expect(try GlobPattern("/a").isAbsolute)
    #expect(try !GlobPattern("a/b").isAbsolute)
    #expect(try GlobPattern("a/../b").hasParentReference)
    #expect(try !GlobPattern("a/..b").hasParentReference)
  }

  @Test func matchesBytesThatAreNotUTF8() throws {
    let name: [UInt8] = [0x61, 0xFF, 0x62]
    #expect(try GlobPattern("a?b").matches(name))
    #expect(try GlobPattern("a*").matches(name))
    #expect(try GlobPattern("a[!x]b").matches(name))
    #expect(try !GlobPattern("a??b").matches(name))
  }

  /// Each of these takes a backtracking matcher longer than the age of the universe.
  @Test(.timeLimit(.minutes(30)))
  func matchesHostilePatternsQuickly() throws {
    let deep = Array(repeating: "a", count: 1_500).joined(separator: "/")
    #expect(try !GlobPattern(String(repeating: "**/a/", count: 500) + "b").matches(deep))
    #expect(try !GlobPattern(String(repeating: "*a", count: 1_000) + "b").matches(String(repeating: "a", count: 4_000)))
    #expect(try !GlobPattern(String(repeating: "**/", count: 1_000) + "b").matches(deep))
  }

  @Test(arguments: [
    String(repeating: "{a,b}", count: 11), "{" + String(repeating: "a,", count: 1_100) + "}",
    String(repeating: "a", count: 4_097), String(repeating: "{a,", count: 30) + String(repeating: "}", count: 30),
    String(repeating: "{{a,b},{c,d}}", count: 6),
  ])
  func refusesPatternsThatCostTooMuch(pattern: String) {
    #expect(throws: GlobPatternError.self) { try GlobPattern(pattern) }
    #expect(throws: GlobPatternError.self) { try GlobPattern.check(pattern) }
  }

  @Test func allowsAThousandAlternatives() throws {
    try GlobPattern.check(String(repeating: "{a,b}", count: 10))
    #expect(try GlobPattern(String(repeating: "{a,b}", count: 10)).matches("ababababab"))
  }

  /// The matcher against a slow, obvious one: all short paths, all short patterns.
  @Test func agreesWithAnExhaustiveMatcher() throws {
    var generator = SplitMix(state: 7)
    let pieces = ["a", "b", "*", "?", "**", "/", "/", "[ab]"]
    let letters = ["a", "b", "/"]
    var hits = 0
    for _ in 0..<20_000 {
      let pattern = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
        pieces.randomElement(using: &generator) ?? ""
      }
      let path = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
        letters.randomElement(using: &generator) ?? ""
      }
      let (patternText, pathText) = (pattern.joined(), path.joined())
      let expected = slowMatch(patternText, pathText)
      if expected { hits += 1 }
      #expect(try GlobPattern(patternText).matches(pathText) == expected, "\(patternText) on \(pathText)")
    }
    #expect(hits > 1_000)
  }

  private func slowMatch(_ pattern: String, _ path: String) -> Bool {
    if pattern.hasPrefix("/") != path.hasPrefix("/") { return false }
    return components(pattern.split(separator: "/")[...], path.split(separator: "/")[...])
  }

  private func components(_ pattern: ArraySlice<Substring>, _ path: ArraySlice<Substring>) -> Bool {
    guard let first = pattern.first else { return path.isEmpty }
    if first == "**" {
      let fewest = pattern.allSatisfy { $0 == "**" } ? 1 : 0
      if path.count < fewest { return false }
      if fewest == 1 { return true }
      return (0...path.count).contains { components(pattern.dropFirst(), path.dropFirst($0)) }
    }
    guard let name = path.first else { return false }
    return text(first, name) && components(pattern.dropFirst(), path.dropFirst())
  }

  private func text(_ pattern: Substring, _ name: Substring) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    switch first {
    case "*": return (0...name.count).contains { text(pattern.dropFirst(), name.dropFirst($0)) }
    case "?": return !name.isEmpty && text(pattern.dropFirst(), name.dropFirst())
    case "[": return !name.isEmpty && text(pattern.dropFirst(4), name.dropFirst())
    default: return name.first == first && text(pattern.dropFirst(), name.dropFirst())
    }
  }
}
