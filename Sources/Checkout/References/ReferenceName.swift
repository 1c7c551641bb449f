internal import CGit2

/// The names references may have in a mirror or workspace.
enum ReferenceName {
  /// Whether a name from a server can be stored: under `refs/`, as git's rules want it, without a line break that
  /// would end its entry in `packed-refs`.
  static func isStorable(_ name: String) -> Bool {
    if !name.hasPrefix("refs/") || name.utf8.count > 1024 || RepositoryURL.hasControlCharacters(name) { return false }
    var isValid: Int32 = 0
    return git_reference_name_is_valid(&isValid, name) == 0 && isValid == 1
  }
}
