import Testing

@testable import JourneymanJavaStream

struct WriterTests {
  private let layout = JavaLayout(
    "a.B", -1, [JavaField("number", "I"), JavaField("text", "Ljava/lang/String;")],
    extends: JavaLayout("a.A", 2, [JavaField("flag", "Z")], writesCustomData: true))

  @Test func whatIsWrittenIsReadAgain() throws {
    let written = try JavaStreamWriter.write(
      .list([
        .object(
          layout, ["number": .int(-7), "text": .string("é"), "flag": .boolean(true)],
          custom: ["a.A": [.block([UInt8](repeating: 5, count: 3000)), .string("more")]]),
        .object(layout),
        .object(JavaLayout(proxy: ["x.Y"]), ["h": .object(layout)]),
      ]))
    let elements = try #require(try JavaStreamReader().read(written).first?.list)
    #expect(elements.count == 3)
    let full = try #require(elements[0].object)
    #expect(full.type.serialVersionUID == -1)
    #expect(full["number"].integer == -7)
    #expect(full["text"].string == "é")
    #expect(full["flag"].boolean == true)
    #expect(full.customBytes(of: "a.A") == [UInt8](repeating: 5, count: 3000))
    #expect(full.customObjects(of: "a.A").first?.string == "more")
    #expect(elements[1].object?["number"].integer == 0)
    #expect(elements[1].object?["text"].isNull == true)
    #expect(elements[2].object?.type.interfaces == ["x.Y"])
  }

  @Test func whatDoesNotFitIsRefused() {
    for value: JavaOutput in [
      .object(layout, ["number": .string("7")]), .object(layout, ["numbr": .int(7)]),
      .object(layout, ["text": .int(7)]),
      .int(7), .object(layout, custom: ["a.B": [.null]]), .array(layout, []),
      .object(JavaLayout(String(repeating: "n", count: 70000))),
    ] {
      #expect(throws: JavaStreamError.self) { _ = try JavaStreamWriter.write(value) }
    }
  }

  /// The header that goes into a connection's first request, byte by byte as the reference gives it.
  @Test func aCapabilityIsWrittenAsJavaWritesIt() throws {
    let capability = JavaLayout("hudson.remoting.Capability", 1, [JavaField("mask", "J")])
    let expected =
      "aced00057372001a687564736f6e2e72656d6f74696e672e4361706162696c6974790000000000000001020001"
      + "4a00046d61736b78700000000000000000"
    let written = try JavaStreamWriter.write(.object(capability))
    #expect(written.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == expected)
  }
}
