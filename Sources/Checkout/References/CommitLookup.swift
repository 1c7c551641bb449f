internal import CGit2

/// Finds the commit of a request in a mirror that has been brought up to date.
enum CommitLookup {
  /// - Returns: `nil` when the repository is empty.
  /// - Throws: ``CheckoutError`` `referenceNotFound`.
  static func commit(
    of request: ReferenceRequest, _ resolution: ReferenceResolution?, in repository: borrowing Repository,
    _ advertisement: Advertisement, url: RepositoryURL
  ) throws(CheckoutError) -> ObjectID? {
    guard let resolution else { return nil }
    if let target = resolution.target {
      let objects = try repository.objectDatabase()
      if case .commit = request, !objects.contains(target) {
        throw ReferenceResolution.notFound(request, in: advertisement, url: url)
      }
      guard let id = try repository.commit(at: target).id else { return nil }
      // A tag's own id is 40 digits too, and means the commit it leads to, as for git.
      return id
    }
    guard let abbreviation = request.abbreviation else {
      throw ReferenceResolution.notFound(request, in: advertisement, url: url)
    }
    return try complete(abbreviation, in: repository) {
      ReferenceResolution.notFound(request, in: advertisement, url: url)
    }
  }

  private static func complete(
    _ abbreviation: String, in repository: borrowing Repository, orElse notFound: () -> CheckoutError
  ) throws(CheckoutError) -> ObjectID? {
    var prefix = git_oid()
    try git("read the commit id \(abbreviation)") { git_oid_fromstrp(&prefix, abbreviation) }
    var pointer: OpaquePointer?
    let status = git_object_lookup_prefix(
      &pointer, repository.pointer, &prefix, abbreviation.utf8.count, GIT_OBJECT_COMMIT)
    switch status {
    case 0:
      guard let pointer else { throw notFound() }
      return Commit(taking: pointer).id
    case GIT_EAMBIGUOUS.rawValue:
      throw CheckoutError(
        .referenceNotFound, "the commit id \(abbreviation) is ambiguous: several objects begin so; give more digits")
    case GIT_ENOTFOUND.rawValue: throw notFound()
    default:
      try git("look the commit \(abbreviation) up") { status }
      throw notFound()
    }
  }
}
