import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns) struct DurationFormatTests {
  @Test(arguments: [
    ("90", 90.0), ("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86_400), ("250ms", 0.25), ("1h30m", 5400),
    ("1.5h", 5400), ("0", 0),
  ])
  func reads(text: String, seconds: Double) { #expect(Duration(humanReadable: text)?.seconds == seconds) }

  @Test(arguments: ["", "-1", "5x", "h", "1h-", "99999999999", "1e3", " 5", "5 m", "..s", "99999999999999999999d"])
  func refuses(text: String) { #expect(Duration(humanReadable: text) == nil) }
}

@Suite(.takingTurns) struct SecretTests {
  @Test func showsItselfToNobody() {
    let secret = Secret("hunter2!")
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])", "\(Optional(secret) as Any)"] {
      #expect(!text.contains("hunter2!"))
    }
    #expect(secret.reveal() == "hunter2!")
    #expect(secret == Secret("hunter2!"))
  }
}
