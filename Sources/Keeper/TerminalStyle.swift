internal import CLinux
import Foundation

/// What a descriptor that people read can show.
struct TerminalStyle {
  /// Whether it is a terminal: only then a progress line is shown and sequences of the build are filtered.
  var isTerminal: Bool
  /// Whether colours are used: on a terminal, unless `NO_COLOR` is set (no-color.org) or it is a dumb one.
  var usesColours: Bool

  static let plain = TerminalStyle(isTerminal: false, usesColours: false)

  init(isTerminal: Bool, usesColours: Bool) {
    self.isTerminal = isTerminal
    self.usesColours = usesColours
  }

  /// - Parameter environment: the caller's variables, for `NO_COLOR` and `TERM`.
  init(of descriptor: Int32, environment: [String: String]) {
    let isDumb = environment["TERM", default: "dumb"] == "dumb"
    isTerminal = isatty(descriptor) == 1 && !isDumb
    usesColours = isTerminal && environment["NO_COLOR", default: ""].isEmpty
  }

  /// How a text is set off.
  enum Emphasis: String {
    case heading = "1"
    case faint = "2"
    case good = "32"
    case warning = "33"
    case bad = "31"
  }

  func styled(_ text: String, _ emphasis: Emphasis) -> String {
    usesColours ? "\u{1B}[\(emphasis.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// The columns a line has now; 80 when the terminal does not say.
  static func columns(of descriptor: Int32) -> Int {
    let columns = Int(journeyman_terminal_columns(descriptor))
    return columns > 0 ? columns : 80
  }
}
