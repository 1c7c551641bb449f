/// Reads the URL of a submodule: the repository's author wrote it, so it may only lead where that is harmless.
enum SubmoduleURL {
  /// - Parameters:
  ///   - text: from `.gitmodules`; `./` and `../` are relative to the parent's URL.
  ///   - schemes: what an absolute URL may use. A path of this machine is `file`.
  /// - Throws: ``CheckoutError`` `refused`.
  static func resolve(
    _ text: String, against parent: RepositoryURL, allowing schemes: Set<String>
  ) throws(CheckoutError) -> RepositoryURL {
    if text.hasPrefix("./") || text.hasPrefix("../") || text == ".." || text == "." {
      try RepositoryURL.refuseOddities(text)
      return try relative(text, to: parent)
    }
    // Any other path is refused as one of this machine, whatever the parent is (CVE-2022-39253).
    let url = try RepositoryURL(text)
    guard schemes.contains(url.scheme.rawValue) else {
      throw CheckoutError(
        .refused,
        "refusing the submodule URL \(url): the scheme \(url.scheme.rawValue) is not allowed for submodules; a "
          + "relative URL or one of \(schemes.sorted().joined(separator: ", ")) is")
    }
    // Only what was configured for a server is offered to it, never what a repository's author wrote.
    return url.withoutCredentials
  }

  /// git's `relative_url`: each `../` takes one component of the parent's path away.
  private static func relative(_ text: String, to parent: RepositoryURL) throws(CheckoutError) -> RepositoryURL {
    var components = parent.path.split(separator: "/", omittingEmptySubsequences: false)
    while components.count > 1 && components.last?.isEmpty == true { components.removeLast() }
    var rest = text[...]
    while true {
      if rest.hasPrefix("../") || rest == ".." {
        let lowest = parent.path.hasPrefix("/") ? 1 : 0
        guard components.count > lowest else {
          throw CheckoutError(.refused, "refusing the submodule URL \(text): it leads above the root of \(parent)")
        }
        components.removeLast()
        rest = rest.dropFirst(3)
      } else if rest.hasPrefix("./") || rest == "." {
        rest = rest.dropFirst(2)
      } else {
        break
      }
    }
    while rest.hasSuffix("/") { rest = rest.dropLast() }
    if rest.split(separator: "/").contains("..") {
      throw CheckoutError(.refused, "refusing the submodule URL \(text): it has '..' in its middle")
    }
    if !rest.isEmpty { components.append(rest) }
    let path = components.joined(separator: "/")
    if parent.scheme != .file { try RepositoryURL.refuseOptions(user: parent.user, host: parent.host, path: path) }
    return parent.replacing(path: path)
  }
}
