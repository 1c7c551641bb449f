/// The texts that a pattern with `{a,b}` groups stands for, within bounds: ten groups of ten alternatives would be ten
/// thousand million.
enum BraceExpansion {
  static let longestPattern = 4_096
  static let mostAlternatives = 1_024
  static let deepestNesting = 16

  /// - Returns: at least one text, escapes still in place.
  /// - Throws: ``GlobPatternError`` when a bound is exceeded.
  static func expand(_ pattern: String) throws(GlobPatternError) -> [[UInt8]] {
    var reader = try checkedReader(pattern)
    return reader.readText(until: reader.bytes.count, isGrouped: false)
  }

  /// Checks the bounds without making the texts, in time proportional to the pattern's length.
  static func check(_ pattern: String) throws(GlobPatternError) {
    _ = try checkedReader(pattern)
  }

  private static func checkedReader(_ pattern: String) throws(GlobPatternError) -> Reader {
    if pattern.utf8.count > longestPattern {
      throw GlobPatternError(pattern, "is longer than \(longestPattern) bytes")
    }
    let bytes = Array(pattern.utf8)
    let reader = Reader(bytes: bytes, partners: partners(in: bytes))
    var counter = Counter(pattern: pattern, bytes: bytes, partners: reader.partners)
    _ = try counter.countText(until: bytes.count, depth: 0)
    return reader
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

  /// Counts the texts, group by group: alternatives add up, neighbours multiply.
  private struct Counter {
    let pattern: String
    let bytes: [UInt8]
    let partners: [Int: Int]
    var at = 0

    mutating func countText(until end: Int, depth: Int) throws(GlobPatternError) -> Int {
      if depth > deepestNesting { throw GlobPatternError(pattern, "nests braces deeper than \(deepestNesting) levels") }
      var product = 1
      while at < end {
        let byte = bytes[at]
        if byte == UInt8(ascii: ","), depth > 0 { break }
        if byte == UInt8(ascii: "{"), let close = partners[at] {
          var sum = 0
          repeat {
            at += 1
            sum += try countText(until: close, depth: depth + 1)
          } while at < close
          at = close + 1
          product *= sum
          if product > mostAlternatives {
            throw GlobPatternError(pattern, "stands for more than \(mostAlternatives) alternatives")
          }
        } else {
          at += byte == UInt8(ascii: "\\") && at + 1 < end ? 2 : 1
        }
      }
      return product
    }
  }

  /// Makes the texts of a pattern whose bounds are checked.
  private struct Reader {
    let bytes: [UInt8]
    let partners: [Int: Int]
    var at = 0

    /// Reads text and groups up to an index, or up to a comma when inside a group.
    mutating func readText(until end: Int, isGrouped: Bool) -> [[UInt8]] {
      var results: [[UInt8]] = [[]]
      while at < end {
        let byte = bytes[at]
        if byte == UInt8(ascii: ","), isGrouped { break }
        if byte == UInt8(ascii: "{"), let close = partners[at] {
          var choices: [[UInt8]] = []
          repeat {
            at += 1
            choices += readText(until: close, isGrouped: true)
          } while at < close
          at = close + 1
          results = results.flatMap { start in choices.map { start + $0 } }
          continue
        }
        let length = byte == UInt8(ascii: "\\") && at + 1 < end ? 2 : 1
        for index in results.indices { results[index].append(contentsOf: bytes[at..<at + length]) }
        at += length
      }
      return results
    }
  }
}
