internal import CGit2
internal import JourneymanSupport

extension Checkout {
  /// The commit that a directory's own repository is at.
  ///
  /// - Returns: 40 hexadecimal digits; `nil` when the directory is no repository or has no commit yet.
  public static func headCommit(of directory: String) async -> String? {
    try? await runBlocking {
      try Libgit2.start()
      let repository = try Repository(opening: directory)
      var id = git_oid()
      guard git_reference_name_to_id(&id, repository.pointer, "HEAD") == 0 else { return nil }
      return ObjectID(id).description
    }
  }
}
