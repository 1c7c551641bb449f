/// What a POM says of its module: https://maven.apache.org/pom.html
struct MavenPOM: Sendable, Hashable {
  static let longest = 4 << 20

  let coordinates: MavenCoordinates
  /// `jar` when it does not say.
  let packaging: String
  /// The POM as it is.
  let bytes: [UInt8]

  /// Reads a POM; group and version come from its parent when it has none of its own.
  ///
  /// - Throws: ``PackageError``
  init(_ bytes: [UInt8]) throws(PackageError) {
    let own = ["groupId", "artifactId", "version", "packaging"].map { "project/\($0)" }
    let wanted = Set(own + ["project/parent/groupId", "project/parent/version"])
    var texts: [String: String] = [:]
    for (path, text) in try MavenDocument.read(bytes, "its POM", wanted.contains) {
      if texts.updateValue(text, forKey: path) != nil {
        throw PackageError(.invalidPackage, "its POM has \(path) twice")
      }
    }
    guard let artifact = texts["project/artifactId"],
      let group = texts["project/groupId"] ?? texts["project/parent/groupId"],
      let version = texts["project/version"] ?? texts["project/parent/version"]
    else { throw PackageError(.invalidPackage, "its POM does not say groupId, artifactId and version") }
    coordinates = try MavenCoordinates(group: group, artifact: artifact, version: version)
    packaging = texts["project/packaging"] ?? "jar"
    self.bytes = bytes
  }
}
