/// What a caller asked for, read and found harmless.
enum ReferenceRequest: Sendable, Hashable {
  /// The branch the server's HEAD points at.
  case head
  /// A commit id of 40 digits; never a branch of that name (a branch could be named like another's commit).
  case commit(ObjectID)
  /// A full name under `refs/`.
  case full(String)
  /// A branch, a tag, `pull/7/head`, or the beginning of a commit id.
  case short(String)

  /// Reads a reference.
  ///
  /// - Throws: ``CheckoutError`` `refused` for what git's `check-ref-format` refuses and for what looks like an
  ///   option.
  init(_ text: String?) throws(CheckoutError) {
    guard let text, text != "HEAD" else {
      self = .head
      return
    }
    try Self.check(text)
    if let id = ObjectID(hexadecimal: text) {
      self = .commit(id)
    } else if text.hasPrefix("refs/") {
      self = .full(text)
    } else {
      self = .short(text)
    }
  }

  /// The names on the server that would satisfy the request, best first.
  var candidates: [String] {
    switch self {
    case .head, .commit: []
    case .full(let name): [name]
    case .short(let name): ["refs/heads/\(name)", "refs/tags/\(name)", "refs/\(name)"]
    }
  }

  /// The digits of an abbreviated commit id, if it can be one.
  var abbreviation: String? {
    guard case .short(let name) = self, (4..<40).contains(name.utf8.count),
      name.utf8.allSatisfy(ObjectID.isHexadecimal)
    else { return nil }
    return name.lowercased()
  }

  /// For messages.
  var shown: String {
    switch self {
    case .head: "HEAD"
    case .commit(let id): id.description
    case .full(let name), .short(let name): name
    }
  }

  private static func check(_ text: String) throws(CheckoutError) {
    func refusal(_ reason: String) -> CheckoutError {
      CheckoutError(.refused, "refusing the reference: \(reason)")
    }
    if text.isEmpty { throw refusal("it is empty") }
    if text.utf8.count > 1024 { throw refusal("it is longer than 1024 bytes") }
    if text.hasPrefix("-") { throw refusal("it begins with a dash") }
    if RepositoryURL.hasControlCharacters(text) { throw refusal("it contains a control character") }
    if let odd = text.first(where: { " ~^:?*[\\".contains($0) }) { throw refusal("it contains '\(odd)'") }
    if text.contains("..") || text.contains("@{") || text.contains("//") || text == "@" {
      throw refusal("it is a revision expression or a pattern, not a name")
    }
    let components = text.split(separator: "/", omittingEmptySubsequences: false)
    if components.contains(where: { $0.isEmpty || $0.hasPrefix(".") || $0.hasSuffix(".lock") || $0.hasSuffix(".") }) {
      throw refusal("a component is empty, begins or ends with a dot, or ends with .lock")
    }
  }
}
