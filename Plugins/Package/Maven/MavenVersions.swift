/// `maven-metadata.xml` of a module: which versions there are.
/// https://maven.apache.org/ref/3.8.7/maven-repository-metadata/repository-metadata.html
struct MavenVersions: Sendable, Hashable {
  var latest: String?
  var release: String?
  var versions: [String] = []

  /// Of a module that was never published.
  init() {}

  /// - Throws: ``PackageError`` when it is none, or has versions that cannot be.
  init(_ bytes: [UInt8]) throws(PackageError) {
    let base = "metadata/versioning/"
    let wanted: Set<String> = [base + "latest", base + "release", base + "versions/version"]
    for (path, text) in try MavenDocument.read(bytes, "the repository's maven-metadata.xml", wanted.contains) {
      guard MavenCoordinates.isName(text) else {
        throw PackageError(.refused, "the repository's maven-metadata.xml has the version '\(text.prefix(100))'")
      }
      switch path {
      case base + "latest": latest = text
      case base + "release": release = text
      default: versions.append(text)
      }
    }
  }

  /// Adds a version; a snapshot is never the release.
  mutating func add(_ coordinates: MavenCoordinates) {
    if !versions.contains(coordinates.version) { versions.append(coordinates.version) }
    if latest != nil { latest = coordinates.version }
    if !coordinates.isSnapshot { release = coordinates.version }
  }

  /// - Parameter time: `yyyyMMddHHmmss` in UTC.
  func document(_ coordinates: MavenCoordinates, time: String) -> [UInt8] {
    var lines = [
      #"<?xml version="1.0" encoding="UTF-8"?>"#, "<metadata>", "  <groupId>\(coordinates.group)</groupId>",
      "  <artifactId>\(coordinates.artifact)</artifactId>", "  <versioning>",
    ]
    if let latest { lines.append("    <latest>\(MavenDocument.escaped(latest))</latest>") }
    if let release { lines.append("    <release>\(MavenDocument.escaped(release))</release>") }
    lines.append("    <versions>")
    lines += versions.map { "      <version>\(MavenDocument.escaped($0))</version>" }
    lines += ["    </versions>", "    <lastUpdated>\(time)</lastUpdated>", "  </versioning>", "</metadata>", ""]
    return Array(lines.joined(separator: "\n").utf8)
  }
}
