import JourneymanJavaStream
import Testing

@testable import JourneymanJenkins

struct ExpansionTests {
  @Test(arguments: [
    ("$A", "1"), ("${A}", "1"), ("x$A.y", "x1.y"), ("$$A", "$A"), ("$$$A", "$1"), ("$NOPE ${NOPE}", "$NOPE ${NOPE}"),
    ("100$", "100$"), ("$(x)", "$(x)"), ("${A", "${A"), ("$B_2", "two"), ("", ""),
  ])
  func wordsAreExpandedAsJenkinsExpects(word: String, result: String) {
    #expect(CommandExpansion.expand(word, ["A": "1", "B_2": "two"]) == result)
  }

  private func listener(_ pattern: String) throws -> JavaValue {
    let secret = JavaOutput.object(
      JavaLayout("hudson.util.Secret", 1, [JavaField("value", "Ljava/lang/String;")]), ["value": .string(pattern)])
    let filter = JavaOutput.object(
      JavaLayout(
        "org.jenkinsci.plugins.credentialsbinding.impl.BindingStep$Filter", 1,
        [JavaField("charsetName", "Ljava/lang/String;"), JavaField("pattern", "Lhudson/util/Secret;")]),
      ["pattern": secret])
    let layout = JavaLayout(
      "Listener", 1,
      [JavaField("decorators", "Ljava/util/List;"), JavaField("out", "Ljava/io/OutputStream;")])
    let object = JavaOutput.object(layout, ["decorators": .list([filter]), "out": Launching.stream(9)])
    return .object(try JavaStreamReader().readObject(try JavaStreamWriter.write(object)))
  }

  @Test func secretsAreMaskedAcrossPieces() throws {
    var output = try #require(ListenerOutput(try listener(#"\Qhunter22\E|\Qhunter2\E|\Qa.b\E"#)))
    #expect(output.stream == 9)
    var text: [UInt8] = []
    for piece in ["one hun", "ter2 and hunt", "er22\ntwo a", ".b axb\nrest hunter2"] {
      text += output.take(Array(piece.utf8))
    }
    #expect(String(decoding: text, as: UTF8.self) == "one **** and ****\ntwo **** axb\n")
    #expect(String(decoding: output.flush(), as: UTF8.self) == "rest ****")
  }

  @Test func whereNothingIsSecretNothingWaits() throws {
    var output = try #require(ListenerOutput(try listener("")))
    #expect(output.take(Array("half a li".utf8)) == Array("half a li".utf8))
    #expect(output.flush().isEmpty)
  }
}
