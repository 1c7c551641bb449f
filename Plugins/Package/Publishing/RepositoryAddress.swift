internal import Foundation

/// A repository's URL, read strictly, so that no other parser can see another host in it.
struct RepositoryAddress: Sendable, Hashable, CustomStringConvertible {
  let scheme: String
  /// Host and port as in the URL, in lower case.
  let authority: String
  /// Begins with a slash; as it was written, with its trailing slash.
  let path: String
  /// Without the question mark; only in addresses that servers give.
  let query: String?

  private static let pathCharacters = Set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@%/".utf8)
  private static let queryCharacters = pathCharacters.union("?[]|".utf8)

  /// - Throws: ``PackageError`` when it is no plain http or https URL.
  init(_ text: String, allowsQuery: Bool = false) throws(PackageError) {
    func refuse(_ what: String) -> PackageError {
      PackageError(.address, "the repository's URL \(what); expected one such as https://packages.example.org/path/")
    }
    guard let separator = text.firstRange(of: "://") else { throw refuse("has no scheme") }
    scheme = text[..<separator.lowerBound].lowercased()
    guard scheme == "https" || scheme == "http" else { throw refuse("is neither https nor http") }
    let rest = text[separator.upperBound...]
    let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
    authority = rest[..<end].lowercased()
    if authority.contains("@") { throw refuse("has a user name or password in it (name a secret instead)") }
    guard Self.isAuthority(authority) else { throw refuse("has no host that can be understood") }
    let tail = rest[end...]
    let mark = tail.firstIndex(of: "?")
    query = mark.map { String(tail[tail.index(after: $0)...]) }
    if query != nil && !allowsQuery { throw refuse("has a query") }
    let head = String(tail[..<(mark ?? tail.endIndex)])
    path = head.isEmpty ? "/" : head
    guard path.utf8.allSatisfy(Self.pathCharacters.contains), text.utf8.count <= 16_384,
      query?.utf8.allSatisfy(Self.queryCharacters.contains) ?? true
    else { throw refuse("has characters that have to be percent-encoded, or is too long") }
    let parts = path.split(separator: "/").map { $0.removingPercentEncoding ?? ".." }
    if parts.contains("..") || parts.contains(".") { throw refuse("has '.' or '..' in its path") }
  }

  /// `host`, `host:port`, `[address]` or `[address]:port`.
  private static func isAuthority(_ text: String) -> Bool {
    var host = text[...]
    if host.hasPrefix("[") {
      guard let end = host.firstIndex(of: "]") else { return false }
      let address = host[host.index(after: host.startIndex)..<end]
      let tail = host[host.index(after: end)...]
      return !address.isEmpty && address.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        && (tail.isEmpty || tail.hasPrefix(":") && UInt16(tail.dropFirst()) != nil)
    }
    if let colon = host.firstIndex(of: ":") {
      guard UInt16(host[host.index(after: colon)...]) != nil else { return false }
      host = host[..<colon]
    }
    return !host.isEmpty && host.utf8.count <= 253
      && host.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 46 || $0 == 95 }
  }

  /// Scheme, host and port: what has to be the same for credentials to be sent.
  var origin: String {
    let standard = scheme == "https" ? ":443" : ":80"
    return scheme + "://" + (authority.hasSuffix(standard) ? String(authority.dropLast(standard.count)) : authority)
  }

  /// The whole URL.
  var text: String { "\(scheme)://\(authority)\(path)" + (query.map { "?\($0)" } ?? "") }

  /// Without the query, which may hold a secret.
  var description: String { "\(scheme)://\(authority)\(path)" }

  /// Whether it is this machine, to which nothing travels in the open.
  var isLoopback: Bool {
    let host =
      authority.hasPrefix("[") ? String(authority.prefix { $0 != "]" }) + "]" : String(authority.prefix { $0 != ":" })
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return host == "localhost" || host == "[::1]"
      || parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// The URL of something beneath this address.
  func appending(_ components: [String]) -> String {
    let base = path.hasSuffix("/") ? path : path + "/"
    return "\(scheme)://\(authority)\(base)" + components.map(Self.encoded).joined(separator: "/")
  }

  /// A URL at this origin.
  func atOrigin(_ path: String) -> String { "\(scheme)://\(authority)\(path)" }

  /// One component of a path in which everything but letters, digits and `-._~` is written as `%XX`.
  static func encoded(_ component: String) -> String {
    component.utf8.map { byte in
      switch byte {
      case 65...90, 97...122, 48...57, 45, 46, 95, 126: String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}
