import TestSupport
import Testing

@testable import JourneymanKeeper

@Suite(.takingTurns) struct TerminalFilterTests {
  private func filter(_ text: String, colours: Bool = true) -> String {
    var filter = TerminalFilter(allowsColours: colours)
    return String(decoding: filter.filter(Array(text.utf8)), as: UTF8.self)
  }

  @Test(arguments: [
    "plain\ttext\r\n", "\u{1B}[31mred\u{1B}[0m", "\u{1B}[38;5;12mx\u{1B}[38:2::1:2:3m", "50 %\r\u{1B}[K60 %",
    "€ ü 漢 é",
  ])
  func letsHarmlessThingsThrough(text: String) { #expect(filter(text) == text) }

  @Test(arguments: [
    ("a\u{1B}[2Jb", "ab"), ("a\u{1B}[10;1Hb", "ab"), ("a\u{1B}[5Ab", "ab"), ("a\u{1B}]0;title\u{7}b", "ab"),
    ("a\u{1B}]52;c;ZXZpbA==\u{1B}\\b", "ab"), ("a\u{1B}Pq#0\u{1B}\\b", "ab"), ("a\u{1B}cb", "ab"),
    ("a\u{1B}(0b", "ab"), ("a\u{7}\u{0}\u{7F}b", "ab"), ("a\u{9B}2Jb", "ab"), ("a\u{9D}0;title\u{7}b", "ab"),
    ("a\u{1B}[?1049hb", "ab"), ("a\u{1B}[>4;1mb", "ab"), ("a\u{1B}[6nb", "ab"), ("a\u{1B}]0;never ends\nb", "a\nb"),
    ("a\u{1B}\u{1B}[2Jb", "ab"), ("a\u{1B}[2\nJb", "a\nJb"),
  ])
  func dropsWhatCouldDoHarm(text: String, shown: String) { #expect(filter(text) == shown) }

  @Test func dropsColoursWhereNoneAreWanted() {
    #expect(filter("\u{1B}[31mred\u{1B}[0m\u{1B}[K", colours: false) == "red\u{1B}[K")
  }

  @Test func dropsSequencesThatAreTooLong() {
    #expect(filter("a\u{1B}[" + String(repeating: "1;", count: 1000) + "mb") == "ab")
  }

  @Test func worksAcrossEveryBorder() {
    let text = Array("a\u{1B}[31mb\u{1B}]0;t\u{1B}\\c\u{9B}2Jd€\u{A0}e\u{1B}[2Kf".utf8)
    let expected = "a\u{1B}[31mbcd€\u{A0}e\u{1B}[2Kf"
    for cut in 0...text.count {
      var filter = TerminalFilter(allowsColours: true)
      let shown = filter.filter(text[..<cut]) + filter.filter(text[cut...])
      #expect(String(decoding: shown, as: UTF8.self) == expected, "cut at \(cut)")
    }
  }
}
