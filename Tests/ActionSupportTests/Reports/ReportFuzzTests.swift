import JourneymanActionKit
import JourneymanActionSupport
import Testing

/// Whatever is done to a report, reading it ends in content or in an error that names it.
@Suite struct ReportFuzzTests {
  /// xorshift64*, so that a failure can be repeated.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state ^= state >> 12
      state ^= state << 25
      state ^= state >> 27
      return state &* 0x2545_F491_4F6C_DD1D
    }
  }

  private static let scraps: [[UInt8]] = [
    "<", ">", "</", "/>", "\"", "'", "&", "&#x0;", "&#xFFFE;", "&lt;", "<![CDATA[", "]]>", "<!--", "-->", "<?xml", "?>",
    "<!DOCTYPE a [", "]>", "<!ENTITY a 'b'>", "xmlns:a=\"b\"", "99999999999999999999", "-1", "NaN", "{", "}", "[", "]",
    ",", ":", "null", "\\u0000", "\\ud800", "1e999", "\u{FEFF}", "(1/0)", "<testsuite>", "</testcase>", "<coverage>",
  ].map { Array($0.utf8) }

  private static func mutated(_ original: [UInt8], _ random: inout Generator) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...8, using: &random) where !bytes.isEmpty {
      let at = Int.random(in: 0..<bytes.count, using: &random)
      let end = min(bytes.count, at + Int.random(in: 1...200, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.removeSubrange(at..<end)
      case 2: bytes.insert(contentsOf: Self.scraps[Int.random(in: 0..<scraps.count, using: &random)], at: at)
      case 3: bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &random))
      case 4: bytes.removeSubrange(at...)
      default: bytes.swapAt(at, Int.random(in: 0..<bytes.count, using: &random))
      }
    }
    return bytes
  }

  @Test(arguments: ReportFixture.all) func mutatedReports(name: String) throws {
    let original = try ReportFixture.bytes(name)
    var random = Generator(state: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) } | 1)
    var (read, refused) = (0, 0)
    for _ in 0..<400 {
      let bytes = Self.mutated(original, &random)
      do throws(ReportError) {
        let content = try ReportReader.read(bytes, name: name)
        read += 1
        let totals = content.cases.totals
        let sum = totals.passed + totals.failed + totals.errors + totals.skipped
        #expect(sum <= totals.total && totals.durationSeconds >= 0)
        let (lines, branches) = (content.coverage.lines, content.coverage.branches)
        #expect(lines.covered <= lines.total && branches.covered <= branches.total && branches.covered >= 0)
      } catch {
        refused += 1
        #expect(error.message.hasPrefix(name + ": "))
      }
    }
    #expect(read > 0 && refused > 0, "\(read) read, \(refused) refused")
  }

  @Test func noise() {
    var random = Generator(state: 4711)
    for length in 0..<300 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      for start in [[], Array("<".utf8), Array("[".utf8), Array("{".utf8)] {
        #expect(refusal(start + bytes) != nil)
      }
    }
  }
}
