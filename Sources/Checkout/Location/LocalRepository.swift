import Foundation

/// Finds the repository that a path means.
enum LocalRepository {
  /// The URL with the path at which there is a repository; URLs of servers come back as they are.
  ///
  /// - Throws: ``CheckoutError``: `repositoryNotFound`, or `refused` for a bundle.
  static func located(_ url: RepositoryURL) throws(CheckoutError) -> RepositoryURL {
    if url.scheme != .file { return url }
    for path in [url.path, url.path + ".git"] {
      var status = stat()
      if stat(path, &status) != 0 { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        try open(path, owner: status.st_uid)
        return url.replacing(path: path)
      }
      throw CheckoutError(
        .refused, "refusing the repository URL: \(path) is a file; bundles are not supported, name a repository")
    }
    throw CheckoutError(.repositoryNotFound, "there is no repository at \(url.path)")
  }

  /// Opens the repository once, for a better explanation than a transport would give.
  private static func open(_ path: String, owner: uid_t) throws(CheckoutError) {
    do throws(CheckoutError) {
      _ = try Repository(opening: path)
    } catch {
      // libgit2 does not open what belongs to somebody else (CVE-2022-24765).
      if owner != geteuid() {
        throw CheckoutError(
          .refused,
          "refusing the repository \(path): it belongs to the user \(owner); run as that user, or use a server's URL",
          underlying: error)
      }
      throw CheckoutError(
        .repositoryNotFound, "there is no repository at \(path): \(error.message)", underlying: error)
    }
  }
}
