import Foundation
internal import JourneymanSupport

/// Where a repository is: a directory of this machine or a server, taken apart and found harmless.
///
/// Credentials are split off at once: nothing else of a URL reaches libgit2, a file or a message.
struct RepositoryURL: Sendable, Hashable, CustomStringConvertible {
  enum Scheme: String, Sendable {
    case file, http, https, ssh
  }

  let scheme: Scheme
  /// The user name before the `@`, decoded; for ssh part of the address, for http of the credential.
  let user: String?
  /// The password before the `@`, decoded.
  let password: Secret?
  /// The host, without the brackets of an IPv6 address; empty for `file`.
  let host: String
  let port: Int?
  /// For `file` an absolute path; for `ssh` what the server's shell is asked for; for http the undecoded rest of the
  /// URL, which begins with a slash.
  let path: String

  /// The address without any credential: what is logged, stored and given to libgit2.
  var description: String {
    switch scheme {
    case .file: return path
    case .http, .https: return "\(scheme.rawValue)://\(authority)\(path)"
    case .ssh:
      let login = user.map { $0 + "@" } ?? ""
      return "ssh://\(login)\(authority)" + (path.hasPrefix("/") ? path : "/" + path)
    }
  }

  /// Scheme, host and port: what a credential is bound to.
  var origin: String { "\(scheme.rawValue)://\(host.lowercased()):\(port ?? defaultPort)" }

  /// The text that two spellings of the same address share.
  var canonical: String {
    var trimmed = path
    while trimmed.hasSuffix("/") && trimmed.count > 1 { trimmed.removeLast() }
    if trimmed.hasSuffix(".git") && scheme != .file { trimmed.removeLast(4) }
    return scheme == .file ? "file://" + trimmed : origin + "/" + (user ?? "") + "/" + trimmed
  }

  private var defaultPort: Int {
    switch scheme {
    case .file: 0
    case .http: 80
    case .https: 443
    case .ssh: 22
    }
  }

  private var authority: String {
    (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "")
  }

  /// Reads a URL, a scp-like address or a path.
  ///
  /// - Throws: ``CheckoutError`` `refused`, with the reason.
  init(_ text: String) throws(CheckoutError) {
    try Self.refuseOddities(text)
    if let separator = text.range(of: "://") {
      try self.init(scheme: String(text[..<separator.lowerBound]), rest: text[separator.upperBound...])
    } else if let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") {
      try self.init(secureCopyAddress: text)
    } else {
      self.init(directory: text)
    }
  }

  /// A directory of this machine.
  private init(directory: String) {
    self.init(scheme: .file, host: "", path: AbsolutePath.of(directory))
  }

  private init(scheme name: String, rest: Substring) throws(CheckoutError) {
    let authority = rest.prefix { $0 != "/" }
    let path = String(rest.dropFirst(authority.count))
    guard let decoded = path.removingPercentEncoding, !Self.hasControlCharacters(decoded) else {
      throw Self.refusal("its path is badly encoded or hides a control character")
    }
    if name.lowercased() == "file" {
      guard authority.isEmpty || authority == "localhost" else {
        throw Self.refusal("a file URL names the host \(authority); only this machine's files can be read")
      }
      self.init(directory: decoded)
      return
    }
    guard let scheme = Self.scheme(named: name.lowercased()) else {
      throw Self.refusal("the scheme \(name):// is not supported; use https, http, ssh or file")
    }
    if path.isEmpty || path == "/" { throw Self.refusal("it names a server but no repository on it") }
    let login = try Self.login(authority)
    let address = try Self.hostAndPort(authority[login.end...])
    // `ssh://host/~user/x` is relative to a home directory, as for git.
    let sshPath = decoded.hasPrefix("/~") ? String(decoded.dropFirst()) : decoded
    self.init(
      scheme: scheme, user: login.user, password: scheme == .ssh ? nil : login.password, host: address.host,
      port: address.port, path: scheme == .ssh ? sshPath : path)
    try Self.refuseOptions(user: user, host: host, path: self.path)
  }

  /// `user@host:path`
  private init(secureCopyAddress text: String) throws(CheckoutError) {
    let end = text.hasPrefix("[") || text.contains("@[") ? text.range(of: "]:")?.lowerBound : nil
    guard let colon = text[(end ?? text.startIndex)...].firstIndex(of: ":") else {
      throw Self.refusal("it has no path")
    }
    var address = text[..<colon]
    var user: String?
    if let at = address.lastIndex(of: "@") {
      user = String(address[..<at])
      address = address[address.index(after: at)...]
    }
    let path = String(text[text.index(after: colon)...])
    if path.isEmpty { throw Self.refusal("it names a server but no repository on it") }
    self.init(scheme: .ssh, user: user, host: try Self.hostAndPort(address).host, path: path)
    try Self.refuseOptions(user: user, host: host, path: path)
  }

  private static func scheme(named name: String) -> Scheme? {
    switch name {
    case "ssh", "git+ssh", "ssh+git": .ssh
    case "http": .http
    case "https": .https
    default: nil
    }
  }

  /// The same place with another path, which is already checked; used for relative submodule URLs.
  func replacing(path: String) -> RepositoryURL {
    RepositoryURL(scheme: scheme, user: user, password: password, host: host, port: port, path: path)
  }

  /// The same place without the credential that its text held.
  var withoutCredentials: RepositoryURL {
    RepositoryURL(scheme: scheme, user: scheme == .ssh ? user : nil, host: host, port: port, path: path)
  }

  private init(
    scheme: Scheme, user: String? = nil, password: Secret? = nil, host: String, port: Int? = nil, path: String
  ) {
    self.scheme = scheme
    self.user = user
    self.password = password
    self.host = host
    self.port = port
    self.path = path
  }
}
