import Foundation
import JourneymanArtifacts
import JourneymanJenkinsModel
import JourneymanSupport
import Testing

@testable import JourneymanJenkinsWork

/// Reports are read as Jenkins' junit plugin reads them.
final class TestReportTests {
  private let base = NSTemporaryDirectory() + "journeyman-reports-\(UUID().uuidString)"
  private let root: OwnedDescriptor

  init() throws {
    try FileSystem.makeDirectories(base)
    root = try FileSystem.open(base, flags: O_RDONLY | O_DIRECTORY)
  }

  deinit { try? FileSystem.removeTree(base) }

  private func write(_ name: String, _ content: String) throws {
    try FileSystem.writeAtomically(Array(content.utf8), to: base + "/" + name)
  }

  private func read(
    _ pattern: String = "*.xml", output: TestReportJob.OutputRetention = .none, properties: Bool = false,
    oldest: Int64? = nil
  ) throws -> [TestSuite]? {
    try TestReports(
      job: TestReportJob(
        files: FileSelection(includes: [pattern]), oldest: oldest, output: output, keepsProperties: properties,
        directory: "/ws"), root: root.number
    ).read()
  }

  @Test func everythingOfATestIsThere() throws {
    try write(
      "a.xml",
      """
      <?xml version="1.0"?><testsuites><testsuite name="s:1" package="p" id="7" timestamp="2026-01-01T00:00:00" time="1,000.5">
      <properties><property name="os" value="linux"/></properties>
      <testcase classname="c" name="ok" time="0.5"><system-out>said</system-out></testcase>
      <testcase classname="c" name="bad"><failure message="m &amp; m">trace<![CDATA[ <x>]]></failure></testcase>
      <testcase classname="c" name="worse"><error/></testcase>
      <testcase name="left"><skipped>why</skipped></testcase>
      <testcase classname="c" name="left2"><skipped message="that"/></testcase>
      <testsuite name="inner"><testcase name="x.y.z"/></testsuite></testsuite>
      <testsuite name="empty"/></testsuites>
      """)
    let suites = try #require(try read(properties: true))
    #expect(suites.map(\.name) == ["inner", "p.s_1"])
    let suite = suites[1]
    #expect(suite.file == "a.xml" && suite.id == "7" && suite.time == "1,000.5" && suite.duration == 1000.5)
    #expect(suite.timestamp == "2026-01-01T00:00:00" && suite.properties == ["os": "linux"])
    #expect(suite.cases.map(\.name) == ["ok", "bad", "worse", "left", "left2"])
    #expect(suite.cases[0].output == "said" && suite.cases[0].duration == 0.5)
    #expect(suite.cases[1].errorDetails == "m & m" && suite.cases[1].errorStackTrace == "trace <x>")
    #expect(suite.cases[2].errorStackTrace == "" && suite.cases[2].errorDetails == nil)
    #expect(suite.cases[3].isSkipped && suite.cases[3].skippedMessage == "why" && suite.cases[3].className == "s:1")
    #expect(suite.cases[4].skippedMessage == "that" && suite.cases[4].errorStackTrace == nil)
    #expect(suites[0].cases.first?.className == "inner")
  }

  @Test func suitesOfOneNameAreOne() throws {
    try write("a.xml", "<testsuite name='s' time='1'><testcase name='a'/></testsuite>")
    try write("b.xml", "<testsuite name='s' time='2'><testcase name='b'/></testsuite>")
    try write("c.xml", "<testsuite name='s' id='2'><testcase name='c' time='3'/></testsuite>")
    let suites = try #require(try read())
    #expect(suites.count == 1)
    #expect(suites.first?.cases.map(\.name) == ["a", "b", "c"])
    #expect(suites.first?.duration == 6)
  }

  @Test func longOutputIsCutUnlessItIsWanted() throws {
    let long = String(repeating: "ä", count: 3000)
    try write(
      "TEST-a.xml",
      "<testsuite name='s'><testcase classname='c' name='a'><system-out>\(long)</system-out></testcase></testsuite>")
    let cut = try #require(try read()?.first?.cases.first?.output)
    #expect(cut.contains("\n...[truncated 2000 chars]...\n") && cut.hasPrefix("äää"))
    #expect(try read(output: .all)?.first?.cases.first?.output == long)
    try write("a-output.txt", "from surefire")
    #expect(try read()?.first?.output == "from surefire")
  }

  @Test func reportsWithoutContentAreFailures() throws {
    try write("empty.xml", "")
    try write("half.xml", "<testsuite><testcase name='a'>")
    let suites = try #require(try read())
    #expect(suites.map(\.name) == ["empty.xml", "half.xml"])
    #expect(suites.allSatisfy { $0.cases.first?.errorStackTrace?.contains("/ws/") == true })
    try write("notes.txt", "no XML at all")
    #expect(throws: ArtifactError.self) { try read("*.txt") }
  }

  @Test func entitiesAreNotResolved() throws {
    try write(
      "evil.xml",
      """
      <!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/hostname">]>
      <testsuite name="s"><testcase classname="c" name="a"><failure>&x;</failure></testcase></testsuite>
      """)
    #expect(try read()?.first?.cases.first?.name == "[failed-to-read]")
  }

  @Test func oldReportsCanBeLeftOut() throws {
    try write("a.xml", "<testsuite name='s'><testcase name='a'/></testsuite>")
    let now = Int64(Date().timeIntervalSince1970 * 1000)
    #expect(try read(oldest: now + 3_600_000)?.isEmpty == true)
    #expect(try read(oldest: now - 3_600_000)?.count == 1)
    #expect(try read("none*.xml") == nil)
  }
}
