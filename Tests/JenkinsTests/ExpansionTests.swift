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

  @Test(arguments: [
    ("clone https://u:p@host/x done", "clone https://u:****@host/x done"),
    ("'ssh://git@host/x' https://a.example/b@c", "'ssh://git@host/x' https://a.example/b@c"),
    ("https://u:p@ss:w@host:81/", "https://u:****@host:81/"), ("https://token@host", "https://****@host"),
    ("a://b://u:p@h", "a://b://u:****@h"), ("://@", "://@"), ("no URL: a:b@c", "no URL: a:b@c"),
    ("ftp://u:p@h\nhttp://v:q@i", "ftp://u:****@h\nhttp://v:****@i"), ("https://u:@h", "https://u:****@h"),
  ])
  func passwordsInURLsAreNeverPrinted(text: String, shown: String) {
    #expect(URLPasswords.masked(text) == shown)
  }

  @Test func exceptionsHoldNoPasswords() throws {
    let bytes = try JavaStreamWriter.write(JavaException.io("cannot reach https://u:p4ss@h/"))
    #expect(try JavaStreamReader().readObject(bytes)["detailMessage"].string == "cannot reach https://u:****@h/")
  }

  @Test func whereNothingIsSecretNothingWaits() throws {
    var output = try #require(ListenerOutput(try listener("")))
    #expect(output.take(Array("half a li".utf8)) == Array("half a li".utf8))
    #expect(output.flush().isEmpty)
  }
}
