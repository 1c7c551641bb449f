/// The texts that a pattern with `{a,b}` groups stands for, within bounds: ten groups of ten alternatives would be ten
/// thousand million.
enum BraceExpansion {
  static let longestPattern = 4_096
  static let mostAlternatives = 1_024
  static let deepestNesting = 16

  /// - Returns: at least one text, escapes still in place.
  /// - Throws: ``GlobPatternError`` when a bound is exceeded.
  static func expand(_ pattern: String) throws(GlobPatternError) -> [[UInt8]] {
    if pattern.utf8.count > longestPattern {
      throw GlobPatternError(pattern, "is longer than \(longestPattern) bytes")
    }
    let bytes = Array(pattern.utf8)
    var reader = Reader(pattern: pattern, bytes: bytes, partners: partners(in: bytes))
    return try reader.readText(until: bytes.count, depth: 0)
  }

  /// The index of the closing brace for each opening one that has a partner.
  private static func partners(in bytes: [UInt8]) -> [Int: Int] {
    var open: [Int] = []
    var partners: [Int: Int] = [:]
    var at = 0
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "\\"): at += 1
      case UInt8(ascii: "{"): open.append(at)
      case UInt8(ascii: "}"): if let start = open.popLast(), at > start + 1 { partners[start] = at }
      default: break
      }
      at += 1
    }
    return partners
  }

  private struct Reader {
    let pattern: String
    let bytes: [UInt8]
    let partners: [Int: Int]
    var at = 0

    /// Reads text and groups up to an index, or up to a comma when inside a group.
    mutating func readText(until end: Int, depth: Int) throws(GlobPatternError) -> [[UInt8]] {
      if depth > deepestNesting { throw GlobPatternError(pattern, "nests braces deeper than \(deepestNesting) levels") }
      var results: [[UInt8]] = [[]]
      while at < end {
        let byte = bytes[at]
        if byte == UInt8(ascii: ","), depth > 0 { break }
        if byte == UInt8(ascii: "{"), let close = partners[at] {
          let choices = try readGroup(until: close, depth: depth + 1)
          if results.count * choices.count > mostAlternatives {
            throw GlobPatternError(pattern, "stands for more than \(mostAlternatives) alternatives")
          }
          results = results.flatMap { start in choices.map { start + $0 } }
          continue
        }
        let length = byte == UInt8(ascii: "\\") && at + 1 < end ? 2 : 1
        for index in results.indices { results[index].append(contentsOf: bytes[at..<at + length]) }
        at += length
      }
      return results
    }

    /// Reads the alternatives of a group whose `{` is at `at`; leaves `at` after its `}`.
    private mutating func readGroup(until close: Int, depth: Int) throws(GlobPatternError) -> [[UInt8]] {
      var choices: [[UInt8]] = []
      repeat {
        at += 1
        choices += try readText(until: close, depth: depth)
        if choices.count > mostAlternatives {
          throw GlobPatternError(pattern, "stands for more than \(mostAlternatives) alternatives")
        }
      } while at < close
      at = close + 1
      return choices
    }
  }
}
