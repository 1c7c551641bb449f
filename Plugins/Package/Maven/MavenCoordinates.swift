/// What a Maven module is called: https://maven.apache.org/pom.html#Maven_Coordinates
struct MavenCoordinates: Sendable, Hashable, CustomStringConvertible {
  let group: String
  let artifact: String
  let version: String

  private static let longest = 200

  /// - Throws: ``PackageError`` for names that cannot be a part of a path.
  init(group: String, artifact: String, version: String) throws(PackageError) {
    for (key, value) in [("groupId", group), ("artifactId", artifact), ("version", version)] {
      if value.contains("${") {
        throw PackageError(
          .invalidPackage,
          "its \(key) is the expression \(value.prefix(100)); publish the POM with its value (flattened)")
      }
      guard Self.isName(value) else {
        throw PackageError(.invalidPackage, "its \(key) '\(value.prefix(100))' is none that a module can have")
      }
    }
    if group.split(separator: ".", omittingEmptySubsequences: false).contains("") {
      throw PackageError(.invalidPackage, "its groupId '\(group)' has an empty part")
    }
    (self.group, self.artifact, self.version) = (group, artifact, version)
  }

  var description: String { "\(group):\(artifact):\(version)" }

  /// Whether a version is still in the making; each publication of it gets a number of its own.
  var isSnapshot: Bool { version.hasSuffix("-SNAPSHOT") }

  /// A snapshot's version without `SNAPSHOT`, but with the dash.
  var snapshotPrefix: String { String(version.dropLast("SNAPSHOT".count)) }

  /// The directory of all versions.
  var directory: [String] { group.split(separator: ".").map(String.init) + [artifact] }

  /// What stands behind `artifactId-version` in a file's name; `nil` when the name does not begin so.
  func tail(of name: String) -> Substring? {
    let start = "\(artifact)-\(version)"
    guard name.hasPrefix(start) else { return nil }
    let tail = name.dropFirst(start.count)
    return tail.first == "." || tail.first == "-" ? tail : nil
  }

  /// Letters, digits and `._+-`, as in paths, and no part of a path with a meaning of its own.
  static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= longest && text != "." && !text.contains("..")
      && text.utf8.allSatisfy {
        (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || "._+-".utf8.contains($0)
      }
  }
}

/// Which file of a module it is: the tail of its name, `-CLASSIFIER.EXTENSION`.
struct MavenFileKind: Sendable, Hashable {
  var classifier: String?
  var fileExtension: String

  static let pom = MavenFileKind(fileExtension: "pom")

  init(classifier: String? = nil, fileExtension: String) {
    (self.classifier, self.fileExtension) = (classifier, fileExtension)
  }

  /// Reads the tail of a name; `nil` when it is none.
  init?(tail: Substring) {
    if tail.hasPrefix(".") {
      self.init(fileExtension: String(tail.dropFirst()))
    } else {
      guard tail.hasPrefix("-"), let dot = Self.extensionStart(tail) else { return nil }
      self.init(
        classifier: String(tail[tail.index(after: tail.startIndex)..<dot]),
        fileExtension: String(tail[tail.index(after: dot)...]))
      guard let classifier, MavenCoordinates.isName(classifier) else { return nil }
    }
    if !MavenCoordinates.isName(fileExtension) { return nil }
  }

  /// The extension of a file whose name does not follow its module.
  init?(name: String) {
    guard let dot = Self.extensionStart(name[...]), MavenCoordinates.isName(String(name[name.index(after: dot)...]))
    else { return nil }
    self.init(fileExtension: String(name[name.index(after: dot)...]))
  }

  /// The dot before the extension: before the last two parts of `.tar.gz` and its like, and of signatures.
  private static func extensionStart(_ name: Substring) -> Substring.Index? {
    guard let last = name.lastIndex(of: ".") else { return nil }
    let head = name[..<last]
    if name[last...] == ".asc" { return extensionStart(head) ?? last }
    if head.hasSuffix(".tar") { return head.lastIndex(of: ".") }
    return last
  }

  /// What follows `artifactId-version`.
  var tail: String { (classifier.map { "-\($0)" } ?? "") + ".\(fileExtension)" }
}
