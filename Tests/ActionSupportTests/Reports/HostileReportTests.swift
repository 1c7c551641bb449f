import Foundation
import JourneymanActionKit
import JourneymanActionSupport
import Testing

/// Reports are written by whoever wrote the code under test.
@Suite struct HostileReportTests {
  private static let suite = "<testsuite><testcase name='a'/></testsuite>"

  @Test(arguments: [
    "<!DOCTYPE testsuite [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><testsuite><testcase name='x'>&a;</testcase></testsuite>",
    "<!DOCTYPE testsuite [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]>\(suite)",
    "<!DOCTYPE testsuite [<!ENTITY a 'harmless'>]>\(suite)",
    "<!DOCTYPE testsuite [<!ENTITY a 'harmless'>]><testsuite name='&a;'/>",
    "<!DOCTYPE testsuite [<!NOTATION n SYSTEM 'x'><!ENTITY a SYSTEM 'x' NDATA n>]>\(suite)",
    "<!DOCTYPE testsuite [<!ATTLIST testcase name CDATA 'invented'>]><testsuite><testcase/></testsuite>",
    "<!DOCTYPE testsuite SYSTEM 'file:///etc/passwd'><testsuite name='&outside;'/>",
    "<!DOCTYPE testsuite SYSTEM 'file:///etc/passwd'><testsuite>&outside;</testsuite>",
    "<testsuite>&undefined;</testsuite>",
    "<testsuite name='&undefined;'/>",
  ])
  func entitiesAreRefused(text: String) {
    let error = refusal(Array(text.utf8))
    #expect(error?.code == .refused, "\(String(describing: error))")
    #expect(error?.message.contains("entities are refused") == true)
  }

  @Test func aBillionLaughsAreRefusedAtTheFirst() {
    var text = "<!DOCTYPE testsuite [<!ENTITY a0 'ha'>"
    for level in 1...30 { text += "<!ENTITY a\(level) '&a\(level - 1);&a\(level - 1);&a\(level - 1);&a\(level - 1);'>" }
    #expect(refusal(Array((text + "]><testsuite>&a30;</testsuite>").utf8))?.code == .refused)
  }

  /// The five entities of XML and characters by number are none of the document's own.
  @Test func entitiesOfXMLItselfAreRead() throws {
    let content = try read(
      "<!DOCTYPE testsuite SYSTEM 'x.dtd'><testsuite><testcase name='&lt;&amp;&gt;&quot;&apos;&#65;&#x42;'/></testsuite>"
    )
    #expect(content.cases.map(\.name) == ["<&>\"'AB"])
  }

  @Test func anExternalDocumentTypeIsNotLoaded() throws {
    let folder = NSTemporaryDirectory() + "journeyman-dtd-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try "<!ATTLIST testcase name CDATA 'from outside'>".write(
      toFile: folder + "/x.dtd", atomically: true, encoding: .utf8)
    let text = "<!DOCTYPE testsuite SYSTEM '\(folder)/x.dtd'><testsuite><testcase/></testsuite>"
    #expect(try read(text).cases.map(\.name) == ["(no name)"])
  }

  @Test func deepNestingEnds() {
    let deep = String(repeating: "<testsuite>", count: 100_000)
    #expect(refusal(Array(deep.utf8))?.code == .limit)
    let lists = String(repeating: "[", count: 100_000)
    #expect(refusal(Array(lists.utf8), as: .cucumber)?.code == .malformed)
  }

  @Test func hugeAttributesAndTextsEnd() throws {
    let long = String(repeating: "x", count: 11_000_000)
    #expect(refusal(Array("<testsuite><testcase name='\(long)'/></testsuite>".utf8)) != nil)
    let allowed = String(repeating: "x", count: 9_000_000)
    let content = try read(
      "<testsuite><testcase name='\(allowed)'><failure>\(allowed)</failure></testcase></testsuite>")
    #expect(content.cases[0].name.utf8.count == 1_000)
    #expect(content.cases[0].message?.count == 5_000)
  }

  @Test func truncatedReportsAreMalformedAtEveryPlace() throws {
    let whole = try ReportFixture.bytes("junit.xml")
    for length in stride(from: 60, to: whole.count - 2, by: 37) {
      #expect(refusal(Array(whole.prefix(length))) != nil, "\(length) bytes")
    }
    let half = refusal(Array(whole.prefix(whole.count / 2)))
    #expect(half?.code == .malformed && half?.message.hasPrefix("report: line ") == true)
  }

  @Test func encodings() throws {
    func suite(_ name: String, _ declared: String?) -> String {
      let head = declared.map { "<?xml version='1.0' encoding='\($0)'?>" } ?? ""
      return "\(head)<testsuite><testcase name='\(name)'/></testsuite>"
    }
    func name(_ bytes: [UInt8]) throws -> String? {
      try ReportReader.read(bytes, name: "report").cases.first?.name
    }
    func data(_ text: String, _ encoding: String.Encoding) throws -> [UInt8] {
      Array(try #require(text.data(using: encoding)))
    }
    #expect(try name([0xEF, 0xBB, 0xBF] + Array(suite("süß", nil).utf8)) == "süß")
    #expect(try name(data(suite("süß", "ISO-8859-1"), .isoLatin1)) == "süß")
    #expect(try name(data(suite("süß", "UTF-16"), .utf16)) == "süß")
    // Latin-1 that says it is UTF-8: what cannot be read right is read somehow, and the report is warned about.
    let wrong = try ReportReader.read(data(suite("suss\u{FC}", "UTF-8"), .isoLatin1), name: "report")
    #expect(wrong.cases.count == 1 && !wrong.warnings.isEmpty)
    #expect(refusal(Array(suite("a", "x-unheard-of").utf8)) != nil)
    #expect(try ReportReader.read([0xEF, 0xBB, 0xBF] + Array("[]".utf8), name: "report").format == .cucumber)
  }

  @Test func charactersThatXMLForbidsAreForgiven() throws {
    let content = try read(
      "<testsuite><testcase name='a\u{1B}b\u{0}'><failure>\u{1B}[31m&#27;red&#0;</failure></testcase></testsuite>")
    #expect(content.cases.map(\.name) == ["a?b?"])
    #expect(content.cases[0].message == "?[31mred")
    #expect(content.warnings.count == 1)
  }

  @Test func countsAreBounded() {
    let many = "<testsuite>" + String(repeating: "<testcase/>", count: 500_001) + "</testsuite>"
    #expect(refusal(Array(many.utf8))?.code == .limit)
  }

  @Test func absurdNumbersDoNotCount() throws {
    let content = try read(
      """
      <coverage line-rate="x"><class filename="a"><line number="99999999999999999999" hits="1"/><line number="-3" hits="1"/>
      <line number="4" hits="1e999" condition-coverage="1% (9999999999/1)"/><line number="5" hits="-1" condition-coverage="("/>
      </class></coverage>
      """)
    #expect(content.coverage.lines == .init(covered: 1, total: 2))
    #expect(content.coverage.branches == .init(covered: 0, total: 0))
    let jacoco = try read(
      "<report><package><sourcefile name='a'><line nr='1' mi='9223372036854775807' ci='9223372036854775807' cb='9999999'/></sourcefile></package></report>"
    )
    #expect(jacoco.coverage.branches == .init(covered: 0, total: 0))
  }
}
