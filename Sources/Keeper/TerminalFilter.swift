/// Lets a build's output onto a terminal without the sequences that could do harm there: move the cursor over what the
/// agent wrote, set the window's title or the clipboard, switch screens, ask the terminal to type something.
///
/// What passes: text, tab, line feed, carriage return, backspace; SGR (`ESC [ … m`, colours) and erasing within the
/// line (`ESC [ … K`, progress bars). Everything else that ECMA-48 calls a control is dropped, also in its 8-bit form.
struct TerminalFilter {
  private enum State {
    case text
    case escape
    case intermediate
    case control
    case string
    case c2
  }

  /// A control sequence of more bytes is dropped.
  private static let longestSequence = 64

  private let allowsColours: Bool
  private var state = State.text
  private var sequence: [UInt8] = []

  /// - Parameter allowsColours: whether SGR passes.
  init(allowsColours: Bool) { self.allowsColours = allowsColours }

  /// What of the next bytes may be shown.
  mutating func filter(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var shown: [UInt8] = []
    shown.reserveCapacity(bytes.underestimatedCount)
    for byte in bytes { take(byte, &shown) }
    return shown
  }

  private mutating func take(_ byte: UInt8, _ shown: inout [UInt8]) {
    switch state {
    case .text: takeText(byte, &shown)
    case .c2:
      state = .text
      // U+0080 to U+009F are the 8-bit controls.
      if (0x80..<0xA0).contains(byte) {
        begin(byte - 0x40)
      } else {
        shown.append(0xC2)
        takeText(byte, &shown)
      }
    case .escape:
      if (0x20..<0x30).contains(byte) {
        state = .intermediate
      } else if byte < 0x20 || byte == 0x7F {
        state = .text
        takeText(byte, &shown)
      } else {
        begin(byte)
      }
    case .intermediate:
      if !(0x20..<0x30).contains(byte) { state = .text }
      if byte < 0x20 { takeText(byte, &shown) }
    case .control: takeControl(byte, &shown)
    case .string:
      // BEL or ST ends a string; so does the end of the line, lest an unfinished one swallow the rest of the log.
      if byte == 7 || byte == 0x18 || byte == 0x1A {
        state = .text
      } else if byte == 0x1B {
        state = .escape
      } else if byte == 10 {
        state = .text
        shown.append(10)
      }
    }
  }

  private mutating func takeText(_ byte: UInt8, _ shown: inout [UInt8]) {
    switch byte {
    case 0x1B: state = .escape
    case 0xC2: state = .c2
    case 8, 9, 10, 13: shown.append(byte)
    case 0..<32, 127: break
    default: shown.append(byte)
    }
  }

  /// The byte behind an escape character.
  private mutating func begin(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "["):
      sequence = []
      state = .control
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
      state = .string
    default: state = .text
    }
  }

  private mutating func takeControl(_ byte: UInt8, _ shown: inout [UInt8]) {
    switch byte {
    case 0x20..<0x40:
      if sequence.count < Self.longestSequence { sequence.append(byte) }
    case 0x40..<0x7F:
      state = .text
      let isPlain = sequence.count < Self.longestSequence && sequence.allSatisfy { (0x30..<0x3C).contains($0) }
      let isColour = byte == UInt8(ascii: "m") && allowsColours
      if isPlain && (isColour || byte == UInt8(ascii: "K")) {
        shown += [0x1B, UInt8(ascii: "[")] + sequence + [byte]
      }
    default:
      state = .text
      takeText(byte, &shown)
    }
  }
}
