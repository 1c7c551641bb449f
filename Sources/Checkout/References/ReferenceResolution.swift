internal import JourneymanSupport

/// Which of the server's references a request means.
struct ReferenceResolution: Sendable {
  /// The full name; `nil` for a commit or a detached HEAD.
  let reference: String?
  /// The object it points at; `nil` for an abbreviation, which only the mirror can complete.
  let target: ObjectID?

  /// Finds the request among what the server has.
  ///
  /// - Returns: `nil` when the repository is empty and its default branch was asked for.
  /// - Throws: ``CheckoutError`` `referenceNotFound`, with near matches.
  static func resolve(
    _ request: ReferenceRequest, in advertisement: Advertisement, url: RepositoryURL
  ) throws(CheckoutError) -> ReferenceResolution? {
    switch request {
    case .head:
      guard let head = advertisement.head else {
        if advertisement.references.isEmpty { return nil }
        throw CheckoutError(
          .referenceNotFound,
          "the default branch of \(url) does not exist on the server; name one of: "
            + list(advertisement.references.lazy.map(\.name)))
      }
      return ReferenceResolution(reference: advertisement.headBranch, target: head)
    case .commit(let id):
      return ReferenceResolution(reference: nil, target: id)
    case .full, .short:
      for name in request.candidates {
        guard let found = advertisement.reference(named: name) else { continue }
        return ReferenceResolution(reference: name, target: found.target)
      }
      if request.abbreviation != nil { return ReferenceResolution(reference: nil, target: nil) }
      throw notFound(request, in: advertisement, url: url)
    }
  }

  /// The error for a reference that is not there.
  static func notFound(
    _ request: ReferenceRequest, in advertisement: Advertisement, url: RepositoryURL
  ) -> CheckoutError {
    let names = advertisement.references.map(\.name).filter { !$0.hasPrefix("refs/pull/") }
    let near = nearMatches(of: request.shown, among: names)
    let hint: String =
      if !near.isEmpty {
        "; did you mean \(near.joined(separator: " or "))?"
      } else if names.isEmpty {
        "; the repository has no branches"
      } else {
        "; it has " + list(names)
      }
    return CheckoutError(.referenceNotFound, "\(url) has no branch, tag or commit \(request.shown)\(hint)")
  }

  /// At most three names like a mistyped one: nearly the same, or containing it.
  private static func nearMatches(of word: String, among names: [String]) -> [String] {
    let short = Dictionary(names.map { (shortened($0), $0) }, uniquingKeysWith: { first, _ in first })
    var matches: [String] = []
    var rest = Set(short.keys.prefix(10_000))
    while matches.count < 3, let next = Suggestion.nearest(to: shortened(word), among: rest.sorted()) {
      matches.append(next)
      rest.remove(next)
    }
    let lowered = shortened(word).lowercased()
    for name in rest.sorted() where matches.count < 3 && lowered.count > 2 && name.lowercased().contains(lowered) {
      matches.append(name)
    }
    return matches
  }

  private static func shortened(_ name: String) -> String {
    for prefix in ["refs/heads/", "refs/tags/"] where name.hasPrefix(prefix) {
      return String(name.dropFirst(prefix.count))
    }
    return name
  }

  private static func list(_ names: some Sequence<String>) -> String {
    let shown = names.prefix(6).map(shortened)
    return shown.prefix(5).joined(separator: ", ") + (shown.count > 5 ? ", …" : "")
  }
}
