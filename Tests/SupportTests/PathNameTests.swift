import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns) struct PathNameTests {
  @Test(arguments: [
    ("x", ".", "x"), ("/", "/", "/"), ("/x", "/", "x"), ("a/x", "a", "x"), ("a/x/", "a", "x"), ("./x", ".", "x"),
    ("a//x//", "a", "x"), ("//x", "/", "x"), ("", ".", ""), ("..", ".", ".."), ("/ä/ö", "/ä", "ö"),
    ("/a/b/c", "/a/b", "c"),
  ])
  func splitsPaths(path: String, directory: String, last: String) {
    #expect(PathName.directory(of: path) == directory)
    #expect(PathName.last(of: path) == last)
  }
}
