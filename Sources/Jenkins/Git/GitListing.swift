internal import Foundation
internal import JourneymanJenkinsModel

/// What a server has, chosen from as the git plugin does from `git ls-remote`.
struct GitListing {
  /// In the server's order; a tag of its own is followed by `NAME^{}` with what it leads to.
  let references: [GitReference]
  /// The branch that HEAD points at.
  let head: String?

  /// The branches by their full names.
  var heads: [String: String] {
    Dictionary(
      references.filter { $0.name.hasPrefix("refs/heads/") }.map { ($0.name, $0.commit) }, uniquingKeysWith: { $1 })
  }

  /// Those of some kinds whose names match; what a tag of its own leads to stands for it.
  func matching(_ pattern: String?, headsOnly: Bool, tagsOnly: Bool) -> [String: String] {
    var found: [String: String] = [:]
    for reference in references {
      let isHead = reference.name.hasPrefix("refs/heads/"), isTag = reference.name.hasPrefix("refs/tags/")
      if headsOnly || tagsOnly, !(headsOnly && isHead || tagsOnly && isTag) { continue }
      guard Self.matches(reference.name, pattern) else { continue }
      found[reference.name.replacing("^{}", with: "")] = reference.commit
    }
    return found
  }

  /// The short names of tags that match; as the plugin has it, with what they lead to as `NAME^{}`.
  func tagNames(matching pattern: String?) -> [String] {
    references.filter { $0.name.hasPrefix("refs/tags/") && Self.matches($0.name, pattern) }
      .map { String($0.name.dropFirst("refs/tags/".count)) }
  }

  /// The commit of a branch specifier of a job.
  func head(ofBranch specifier: String) -> String? {
    let parts = specifier.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let name: String
    if specifier.hasPrefix("remotes/") {
      name = "refs/heads/" + parts.dropFirst(2).joined(separator: "/")
    } else if specifier.hasPrefix("refs/remotes/") {
      name = "refs/heads/" + parts.dropFirst(3).joined(separator: "/")
    } else if specifier.hasPrefix("refs/") {
      name = specifier
    } else {
      name = parts.last ?? specifier
    }
    if name.hasPrefix("refs/tags/") { return references.first { $0.name == name + "^{}" }?.commit }
    return references.first { $0.name.hasPrefix("refs/heads/") && Self.matches($0.name, name) }?.commit
  }

  /// Whether a pattern of `git ls-remote` matches: against the end of a name, from a slash on.
  static func matches(_ name: String, _ pattern: String?) -> Bool {
    guard let pattern else { return true }
    return fnmatch("*/" + pattern, "/" + name, 0) == 0
  }
}
