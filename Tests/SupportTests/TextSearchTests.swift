import JourneymanSupport
import Synchronization
import Testing

struct TextSearchTests {
  @Test(arguments: [
    ("", ""), (" \t\r\n", ""), ("a", "a"), ("\u{A0} a b\r\n", "a b"), ("x\n", "x"),
  ])
  func whiteSpaceGoesFromBothSides(text: String, expected: String) { #expect(text.trimmed == expected) }

  @Test func textIsFoundByItsBytes() throws {
    let text = "git+http:/é://host://x"
    let found = try #require(text.place(of: "://"))
    #expect(text[..<found.lowerBound] == "git+http:/é" && text[found.upperBound...] == "host://x")
    #expect(text.dropFirst(12).place(of: "://").map { text[$0.upperBound...] } == "x")
    #expect("a:/".place(of: "://") == nil && "".place(of: "x") == nil && "x".place(of: "") == nil)
  }

  @Test func escapesAreWrittenAndRead() {
    #expect(PercentEncoding.encode("a b/ü?-._~") == "a%20b%2F%C3%BC%3F-._~")
    #expect(PercentEncoding.encode("a b/c", keeping: "/") == "a%20b/c")
    #expect(PercentEncoding.decode("a%20b%2f%C3%BC+") == "a b/ü+")
    for broken in ["%", "%4", "%4g", "%FF"] { #expect(PercentEncoding.decode(broken) == nil) }
    let all = String(decoding: (0...127).map { UInt8($0) }, as: UTF8.self)
    #expect(PercentEncoding.decode(PercentEncoding.encode(all)) == all)
  }

  @Test func aThreadRunsItsWorkOnceUnderItsName() async throws {
    let runs = Mutex(0)
    let name = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<[UInt8], any Error>) in
      do {
        try SystemThread.start("a-name-longer-than-15-bytes") {
          runs.withLock { $0 += 1 }
          continuation.resume(with: Result { try FileSystem.read("/proc/thread-self/comm", limit: 100) })
        }
      } catch {
        continuation.resume(throwing: error)
      }
    }
    #expect(String(decoding: name, as: UTF8.self) == "a-name-longer-t\n")
    #expect(runs.withLock { $0 } == 1)
  }
}
