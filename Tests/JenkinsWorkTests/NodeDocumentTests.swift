import JourneymanJenkinsModel
import Testing

@testable import JourneymanJenkinsWork

/// A node's settings change in what was asked for, and in no other byte.
@Suite struct NodeDocumentTests {
  private static func document(_ inside: String, launcher: String = "hudson.slaves.JNLPLauncher") -> [UInt8] {
    Array(
      "<?xml version=\"1.1\" encoding=\"UTF-8\"?>\n<slave>\n  <launcher class=\"\(launcher)\"/>\n\(inside)</slave>".utf8
    )
  }

  private func changed(_ inside: String, _ wanted: NodeDescription) throws -> String? {
    let bytes = try NodeDocument(Self.document(inside)).changed(to: wanted)
    return bytes.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func valuesAreReplacedInPlace() throws {
    let trap =
      "<!-- <label>c</label> --><x a='>' b=\"/>\"><label>inner</label><![CDATA[</slave><label>]]></x>\t<y z = '/' />"
    let before = "\(trap)<label >old &amp; x</label><numExecutors>1</numExecutors>\(trap)<remoteFS>/a</remoteFS>"
    let after = "\(trap)<label >a&amp;&lt;b&gt; ü</label><numExecutors>3</numExecutors>\(trap)<remoteFS>/b</remoteFS>"
    let wanted = NodeDescription(labels: ["a&<b>", "ü"], executors: 3, directory: "/b")
    #expect(try changed(before, wanted) == String(decoding: Self.document(after), as: UTF8.self))
    #expect(try changed(after, wanted) == nil)
    #expect(try changed(before, NodeDescription()) == nil)
    #expect(try changed(before, NodeDescription(executors: 1)) == nil)
    #expect(try NodeDocument(Self.document(before)).directory == "/a")
  }

  @Test func missingAndEmptyValuesAreGiven() throws {
    let wanted = NodeDescription(labels: ["a"], executors: 2)
    #expect(
      try changed("<label/>", wanted)
        == String(
          decoding: Self.document("<label>a</label>  <numExecutors>2</numExecutors>\n"), as: UTF8.self))
    #expect(try changed("<label></label>", NodeDescription(labels: ["a"]))?.contains("<label>a</label>") == true)
  }

  @Test func othersAreLeftAlone() throws {
    let ssh = "hudson.plugins.sshslaves.SSHLauncher"
    #expect(throws: NodeDocument.Refusal.self) { try NodeDocument(Self.document("", launcher: ssh)) }
    #expect(throws: NodeDocument.Refusal.self) { try NodeDocument(Array("<swarm/>".utf8)) }
    #expect(throws: NodeDocument.Refusal.self) { try NodeDocument(Array("<slave>".utf8)) }
    #expect(throws: NodeDocument.Refusal.self) { try NodeDocument(Array("<html><body>log in</body></html>".utf8)) }
    let entities = "<!DOCTYPE slave [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><slave>&x;</slave>"
    #expect(throws: NodeDocument.Refusal.self) { try NodeDocument(Array(entities.utf8)) }
    // Two of a kind: which of them counts is Jenkins' own affair.
    let twice = try NodeDocument(Self.document("<label>a</label><label>b</label>"))
    #expect(throws: NodeDocument.Refusal.self) { try twice.changed(to: NodeDescription(labels: ["b"])) }
  }

  @Test func labelsAreQuotedAsJenkinsReadsThem() {
    let labels = ["linux", "C++", "big machine", "it's", #"a"b\c"#, "ä"]
    #expect(
      NodeDescription(labels: labels).labelText == #"linux C++ "big machine" "it's" "a\"b\\c" ä"#)
    #expect(NodeDescription(labels: []).labelText == "" && NodeDescription().labelText == nil)
  }

  /// Whatever the bytes are: an answer or a refusal, and never a change elsewhere.
  @Test func brokenDocumentsAreNoDanger() throws {
    let base = Self.document("<a b='c'><label>x</label></a><label>y</label><!-- - --><![CDATA[ ]]><z/>")
    var seed: UInt64 = 42
    func next(_ bound: Int) -> Int {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(seed >> 33) % bound
    }
    for _ in 0..<3000 {
      var bytes = base
      for _ in 0...next(4) {
        switch next(3) {
        case 0: bytes[next(bytes.count)] = Array("<>/!-[]'\"& x".utf8)[next(12)]
        case 1: bytes.remove(at: next(bytes.count))
        default: bytes.insert(Array("<>/!-[]'\"& x".utf8)[next(12)], at: next(bytes.count))
        }
      }
      guard let document = try? NodeDocument(bytes),
        let after = try? document.changed(to: NodeDescription(labels: ["new"]))
      else { continue }
      #expect(try NodeDocument(after).changed(to: NodeDescription(labels: ["new"])) == nil)
      // What surrounds the change is what was there.
      let head = zip(bytes, after).prefix { $0 == $1 }.count
      let tail = zip(bytes.reversed(), after.reversed()).prefix { $0 == $1 }.count
      #expect(head + tail >= bytes.count - 60)
    }
  }
}
