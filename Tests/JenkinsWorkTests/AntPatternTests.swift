import Testing

@testable import JourneymanJenkinsWork

struct AntPatternTests {
  @Test(arguments: [
    ("*.txt", "a.txt", true), ("*.txt", "d/a.txt", false), ("**/*.txt", "a.txt", true), ("**/*.txt", "d/e/a.txt", true),
    ("d/**", "d/a", true), ("d/**", "d", true), ("d/", "d/e/f", true), ("d", "d/e", false), ("**", "any/thing", true),
    ("d\\*.c", "d/x.c", true), ("?.c", "ab.c", false), ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true),
    ("[ab].c", "a.c", false), ("[ab].c", "[ab].c", true), ("{a,b}", "a", false), ("{a,b}", "{a,b}", true),
    ("s/ü*.txt", "s/ünï.txt", true), ("A.TXT", "a.txt", false), ("target/*.jar", "target/x/y.jar", false),
  ])
  func patternsMatchAsInAnt(pattern: String, path: String, matches: Bool) throws {
    #expect(try AntPattern(pattern).matches(Array(path.utf8)) == matches)
  }

  @Test func caseCanBeIgnored() throws {
    #expect(try AntPattern("**/A.TxT", isCaseSensitive: false).matches(Array("d/a.tXt".utf8)))
  }

  @Test func defaultExcludesAreAntsOwn() throws {
    let excludes = try AntPattern.defaultExcludes.map { try AntPattern($0) }
    for path in [".git/config", "a/.gitignore", "x~", "a/.svn", "#a#", "CVS/Root", "d/.DS_Store", "._x"] {
      #expect(excludes.contains { $0.matches(Array(path.utf8)) }, "\(path)")
    }
    for path in ["git/config", ".github/workflow", "a.gitx", "CVSx", "#a"] {
      #expect(!excludes.contains { $0.matches(Array(path.utf8)) }, "\(path)")
    }
  }
}
