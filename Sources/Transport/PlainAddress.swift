internal import JourneymanSupport

/// URLs without anything that two parsers could take for two things: an agent that only knows the address of its
/// controller has no need of libcurl for it.
enum PlainAddress {
  /// Reads `http` or `https`, a name of letters, digits, hyphens and single dots, a port, and a path without dot segments
  /// and escapes.
  ///
  /// - Returns: `nil` for anything else, which libcurl's parser has to read.
  static func parts(of text: String) -> WebAddress.Parts? {
    guard let separator = text.place(of: "://") else { return nil }
    let scheme = String(text[..<separator.lowerBound])
    guard scheme == "http" || scheme == "https" else { return nil }
    let rest = text[separator.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    let path = rest.dropFirst(authority.count)
    let halves = authority.split(separator: ":", omittingEmptySubsequences: false)
    guard let host = halves.first, isName(host), halves.count <= 2, isPath(path) else { return nil }
    var port = scheme == "https" ? "443" : "80"
    if halves.count == 2 {
      guard let number = UInt16(halves[1]), number > 0, String(number) == halves[1] else { return nil }
      port = String(number)
    }
    return WebAddress.Parts(
      origin: WebAddress.Origin(scheme: scheme, host: host.lowercased(), port: port),
      path: path.isEmpty ? "/" : String(path), query: nil)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// Digits alone may be an address in one of its older spellings.
  private static func isName(_ host: Substring) -> Bool {
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    if labels.allSatisfy({ label in label.utf8.allSatisfy { (48...57).contains($0) } }) {
      return labels.count == 4 && labels.allSatisfy { UInt8($0).map(String.init) == String($0) }
    }
    guard let last = labels.last?.utf8.first, !(48...57).contains(last) else { return false }
    return labels.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isLetter) }
  }

  private static func isPath(_ path: Substring) -> Bool {
    path.utf8.allSatisfy { isLetter($0) || [UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_")].contains($0) }
      && !path.split(separator: "/").contains { $0 == "." || $0 == ".." }
  }
}
