internal import JourneymanSupport

/// A file pattern bound to the directory it is walked from.
///
/// Patterns are relative to the base directory. One that is absolute or starts with `..` is moved, by its letters alone,
/// to the directory it names, which has to lie in the workspace.
struct PatternScope {
  /// The directory to walk, relative to the workspace; empty for the workspace itself.
  let directory: String
  /// Relative to ``directory``.
  let pattern: GlobPattern

  /// Binds a pattern.
  ///
  /// - Parameters:
  ///   - base: the base directory, relative to the workspace, normalised.
  ///   - workspacePath: where the workspace lies for the build that wrote the pattern.
  /// - Returns: `nil` when the pattern leads out of the workspace.
  /// - Throws: ``ArtifactError`` when the pattern is too complex.
  init?(_ text: String, base: String, workspacePath: String) throws(ArtifactError) {
    var prefix = components(base)
    var rest = components(text)
    if text.utf8.first == UInt8(ascii: "/") {
      let workspace = components(workspacePath)
      guard rest.starts(with: workspace) else { return nil }
      rest.removeFirst(workspace.count)
      if rest.starts(with: prefix) {
        rest.removeFirst(prefix.count)
      } else {
        prefix = []
      }
    }
    while let at = rest.firstIndex(of: "..") {
      if at == 0 {
        if prefix.popLast() == nil { return nil }
        rest.removeFirst()
      } else if isLiteral(rest[at - 1]) {
        rest.removeSubrange(at - 1...at)
      } else {
        return nil
      }
    }
    do {
      pattern = try GlobPattern(rest.joined(separator: "/"))
    } catch {
      throw ArtifactError(.invalidPattern, error.description, underlying: error)
    }
    // What is left of `..` stands in braces, where it would need a walk of its own for each alternative.
    if pattern.hasParentReference || pattern.isAbsolute { return nil }
    directory = prefix.joined(separator: "/")
  }

  /// The base directory of a collection: a pattern of directories, relative to the workspace.
  static func baseDirectory(_ text: String, workspacePath: String) throws(ArtifactError) -> PatternScope? {
    try PatternScope(text, base: "", workspacePath: workspacePath)
  }
}

/// The components of a path or pattern that are neither empty nor `.`.
private func components(_ path: String) -> [String] {
  path.split(separator: "/").filter { $0 != "." }.map(String.init)
}

/// Whether a component stands for itself only.
private func isLiteral(_ component: String) -> Bool {
  component != ".." && !component.utf8.contains { "*?[]{}\\".utf8.contains($0) }
}
