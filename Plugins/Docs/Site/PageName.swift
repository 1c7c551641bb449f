/// Names of pages and of places on them.
enum PageName {
  /// A text as part of a URL: lowercase letters and digits of any script, hyphens between words.
  static func slug(_ text: String, longest: Int = 80) -> String {
    var slug = ""
    var isGap = false
    for character in text.lowercased().prefix(400) {
      if character.isLetter || character.isNumber || character == "_" {
        if isGap && !slug.isEmpty { slug.append("-") }
        isGap = false
        slug.append(character)
        if slug.count >= longest { break }
      } else {
        isGap = true
      }
    }
    return slug.isEmpty ? "section" : slug
  }

  /// The name of a heading as GitHub makes it, so that links that work there work here: lowercase, punctuation left out,
  /// each blank a hyphen.
  static func anchor(_ text: String) -> String {
    var anchor = ""
    for character in text.lowercased().prefix(400) {
      if character.isLetter || character.isNumber || character == "_" || character == "-" {
        anchor.append(character)
      } else if character == " " {
        anchor.append("-")
      }
    }
    return anchor.isEmpty ? "section" : anchor
  }

  /// The relative way from one page of a site to another file of it.
  static func link(from page: String, to target: String) -> String {
    let here = page.split(separator: "/").dropLast()
    let there = target.split(separator: "/")
    var shared = 0
    while shared < min(here.count, there.count - 1), here[shared] == there[shared] { shared += 1 }
    let up = [String](repeating: "..", count: here.count - shared)
    return encoded((up + there[shared...].map(String.init)).joined(separator: "/"))
  }

  /// A path as a URL has it.
  static func encoded(_ path: String) -> String {
    var text = ""
    for byte in path.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, 45, 46, 47, 95, 126: text.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        text += "%" + (digits.count == 1 ? "0" + digits : digits)
      }
    }
    return text
  }

  /// The path that percent signs of a URL stand for; `nil` when they are no UTF-8 or hide a zero byte.
  static func decoded(_ text: String) -> String? {
    if !text.utf8.contains(37) { return text }
    var bytes: [UInt8] = []
    let source = Array(text.utf8)
    var index = 0
    while index < source.count {
      if source[index] == 37, index + 3 <= source.count,
        let value = UInt8(String(decoding: source[(index + 1)..<(index + 3)], as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        index += 3
      } else {
        bytes.append(source[index])
        index += 1
      }
    }
    return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
  }

  /// A path without `.` and `..`; `nil` when it leads out of the folder that it starts from.
  static func normal(_ path: String) -> String? {
    var parts: [Substring] = []
    for part in path.split(separator: "/") {
      if part == "." { continue }
      if part != ".." {
        parts.append(part)
      } else if parts.popLast() == nil {
        return nil
      }
    }
    return parts.joined(separator: "/")
  }

  /// The folder of a path, with its slash; empty at the top.
  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }
}

/// Gives each thing a name of its own.
struct NameRegister {
  private var taken: Set<String> = []
  private var counts: [String: Int] = [:]

  init(_ taken: Set<String> = []) { self.taken = taken }

  /// The name itself, or with a number when it is taken.
  mutating func unique(_ name: String) -> String {
    var candidate = name
    while !taken.insert(candidate).inserted {
      counts[name, default: 0] += 1
      candidate = "\(name)-\(counts[name, default: 0])"
    }
    return candidate
  }
}

extension NameRegister {
  /// A register for a page: the frame's own names are taken.
  static var page: NameRegister {
    NameRegister(["site-menu", "site-search", "site-results", "site-content", "top"])
  }
}
