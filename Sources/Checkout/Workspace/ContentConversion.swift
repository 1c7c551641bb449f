import Foundation
internal import JourneymanSupport

/// Carries git's built-in conversions out, from the form in the repository to that in the work tree. Anchor: git's
/// `convert.c` (`ident_to_worktree`, `crlf_to_worktree`, `encode_to_worktree`, in this order).
enum ContentConversion {
  /// - Returns: `nil` when the content stays as it is.
  /// - Throws: ``CheckoutError`` `refused` when the content does not fit the encoding that the attributes name.
  static func convert(_ content: UnsafeRawBufferPointer, by rule: ConversionRule, id: ObjectID) throws -> [UInt8]? {
    var result: [UInt8]?
    if rule.expandsIdent { result = expandingIdent(content, id: id) }
    if rule.lineEnding != .asStored {
      let current = result
      let onlyText = rule.lineEnding == .crlfIfText
      result = with(current, else: content) { withLineEndings($0, onlyText: onlyText) } ?? current
    }
    if let encoding = rule.encoding {
      let current = result
      result = try with(current, else: content) { try encoded($0, as: encoding) } ?? current
    }
    return result
  }

  private static func with<Result>(
    _ bytes: [UInt8]?, else content: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    guard let bytes else { return try body(content) }
    return try bytes.withUnsafeBytes(body)
  }

  private static let dollar = UInt8(ascii: "$")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  /// Replaces `$Id$` and `$Id: … $` by the blob's id. What another version control system has put between the dollars
  /// (it has spaces of its own) stays.
  static func expandingIdent(_ content: UnsafeRawBufferPointer, id: ObjectID) -> [UInt8] {
    let expansion = Array("Id: \(id) $".utf8)
    var result: [UInt8] = []
    var rest = content[...]
    while let sign = rest.firstIndex(of: dollar) {
      result += rest[...sign]
      rest = rest[(sign + 1)...]
      guard rest.starts(with: [UInt8(ascii: "I"), UInt8(ascii: "d")]), rest.count >= 3 else { continue }
      let mark = rest[rest.startIndex + 2]
      if mark == dollar {
        rest = rest.dropFirst(3)
      } else if mark == UInt8(ascii: ":") {
        guard let end = rest.dropFirst(3).firstIndex(of: dollar) else { break }
        let keyword = rest[(rest.startIndex + 3)..<end]
        if keyword.contains(lineFeed) { continue }
        if let space = keyword.dropFirst().firstIndex(of: UInt8(ascii: " ")), space < end - 1 { continue }
        rest = rest[(end + 1)...]
      } else {
        continue
      }
      result += expansion
    }
    return result + rest
  }

  /// Gives every line CR LF, unless there is nothing to do.
  ///
  /// - Parameter onlyText: leave content alone that already has a CR or looks like no text.
  static func withLineEndings(_ content: UnsafeRawBufferPointer, onlyText: Bool) -> [UInt8]? {
    let statistics = TextStatistics(content)
    if statistics.loneLineFeeds == 0 { return nil }
    if onlyText && (statistics.loneReturns > 0 || statistics.pairs > 0 || statistics.looksBinary) { return nil }
    var result: [UInt8] = []
    result.reserveCapacity(content.count + statistics.loneLineFeeds)
    var last: UInt8 = 0
    for byte in content {
      if byte == lineFeed && last != carriageReturn { result.append(carriageReturn) }
      result.append(byte)
      last = byte
    }
    return result
  }

  /// Encodes UTF-8 anew, as `working-tree-encoding` wants it.
  private static func encoded(_ content: UnsafeRawBufferPointer, as name: String) throws -> [UInt8]? {
    var name = name.uppercased()
    var result: [UInt8] = []
    // glibc knows no encoding with a byte order mark and a fixed order; git adds the mark itself.
    if name == "UTF-16LE-BOM" { (name, result) = ("UTF-16LE", [0xFF, 0xFE]) }
    if name == "UTF-16BE-BOM" { (name, result) = ("UTF-16BE", [0xFE, 0xFF]) }
    let converter = iconv_open(name, "UTF-8")
    guard let converter, converter != UnsafeMutableRawPointer(bitPattern: -1) else {
      throw CheckoutError(.refused, "the attribute working-tree-encoding names the unknown encoding \(name)")
    }
    defer { iconv_close(converter) }
    var buffer = [CChar](repeating: 0, count: 65_536)
    var input = UnsafeMutablePointer(mutating: content.bindMemory(to: CChar.self).baseAddress)
    var left = content.count
    while true {
      var status = 0
      let written = buffer.withUnsafeMutableBufferPointer { space in
        var output = space.baseAddress
        var room = space.count
        status = iconv(converter, &input, &left, &output, &room)
        return space.count - room
      }
      result += buffer[..<written].map { UInt8(bitPattern: $0) }
      if status != -1 { return result }
      // git, too, leaves the content as it is when it does not fit.
      if errno != E2BIG { return nil }
    }
  }
}

/// What kinds of bytes a content has (git's `gather_stats`).
private struct TextStatistics {
  var loneLineFeeds = 0
  var loneReturns = 0
  var pairs = 0
  var zeros = 0
  var printable = 0
  var unprintable = 0

  init(_ content: UnsafeRawBufferPointer) {
    var last: UInt8 = 0
    for byte in content {
      if last == 0x0D { if byte == 0x0A { pairs += 1 } else { loneReturns += 1 } }
      switch byte {
      case 0x0D: break
      case 0x0A: if last != 0x0D { loneLineFeeds += 1 }
      case 0x08, 0x09, 0x1B, 0x0C: printable += 1
      case 0:
        zeros += 1
        unprintable += 1
      case 0x7F, 0x01..<0x20: unprintable += 1
      default: printable += 1
      }
      last = byte
    }
    if last == 0x0D { loneReturns += 1 }
    // A final Ctrl-Z, the end of a file on CP/M and DOS, does not count.
    if last == 0x1A { unprintable -= 1 }
  }

  var looksBinary: Bool { loneReturns > 0 || zeros > 0 || printable >> 7 < unprintable }
}
