/// `maven-metadata.xml` of one snapshot version: which publication of each file is the latest.
struct MavenSnapshots: Sendable, Hashable {
  /// One file.
  struct Entry: Sendable, Hashable {
    var kind: MavenFileKind
    /// As in the file's name: `1.0-20261121.101112-3`.
    var value: String
    /// `yyyyMMddHHmmss` in UTC.
    var updated: String
  }

  private(set) var buildNumber = 0
  private var entries: [Entry] = []

  /// Of a snapshot that was never published.
  init() {}

  /// - Throws: ``PackageError`` when it is none, or names what cannot be.
  init(_ bytes: [UInt8]) throws(PackageError) {
    let base = "metadata/versioning/"
    let entry = base + "snapshotVersions/snapshotVersion"
    let parts: Set<String> = ["", "/classifier", "/extension", "/value", "/updated"]
    let wanted = Set(parts.map { entry + $0 }).union([base + "snapshot/buildNumber"])
    var texts: [String: String] = [:]
    for (path, text) in try MavenDocument.read(bytes, "the repository's maven-metadata.xml", wanted.contains) {
      if path == base + "snapshot/buildNumber" {
        guard let number = Int(text), (0..<1_000_000_000).contains(number) else {
          throw PackageError(.refused, "the repository's maven-metadata.xml has the build number '\(text.prefix(100))'")
        }
        buildNumber = number
      } else if path != entry {
        texts[String(path.dropFirst(entry.count + 1))] = text
      } else {
        let classifier = texts["classifier"].flatMap { $0.isEmpty ? nil : $0 }
        guard let fileExtension = texts["extension"], let value = texts["value"],
          ([fileExtension, value] + (classifier.map { [$0] } ?? [])).allSatisfy(MavenCoordinates.isName),
          texts["updated"]?.utf8.allSatisfy({ (48...57).contains($0) }) ?? true
        else { throw PackageError(.refused, "the repository's maven-metadata.xml has an entry that names no file") }
        let kind = MavenFileKind(classifier: classifier, fileExtension: fileExtension)
        entries.append(Entry(kind: kind, value: value, updated: texts["updated"] ?? ""))
        texts = [:]
      }
    }
  }

  /// Takes a new publication up; files that it does not have stay at their older ones.
  mutating func add(_ kinds: [MavenFileKind], value: String, number: Int, time: String) {
    buildNumber = number
    entries = kinds.map { Entry(kind: $0, value: value, updated: time) } + entries.filter { !kinds.contains($0.kind) }
  }

  /// - Parameters:
  ///   - stamp: `yyyyMMdd.HHmmss` in UTC.
  ///   - time: `yyyyMMddHHmmss` in UTC.
  func document(_ coordinates: MavenCoordinates, stamp: String, time: String) -> [UInt8] {
    var lines = [
      #"<?xml version="1.0" encoding="UTF-8"?>"#, #"<metadata modelVersion="1.1.0">"#,
      "  <groupId>\(coordinates.group)</groupId>", "  <artifactId>\(coordinates.artifact)</artifactId>",
      "  <version>\(coordinates.version)</version>", "  <versioning>", "    <snapshot>",
      "      <timestamp>\(stamp)</timestamp>", "      <buildNumber>\(buildNumber)</buildNumber>", "    </snapshot>",
      "    <lastUpdated>\(time)</lastUpdated>", "    <snapshotVersions>",
    ]
    for entry in entries {
      lines.append("      <snapshotVersion>")
      if let classifier = entry.kind.classifier { lines.append("        <classifier>\(classifier)</classifier>") }
      lines += [
        "        <extension>\(entry.kind.fileExtension)</extension>", "        <value>\(entry.value)</value>",
        "        <updated>\(entry.updated)</updated>", "      </snapshotVersion>",
      ]
    }
    lines += ["    </snapshotVersions>", "  </versioning>", "</metadata>", ""]
    return Array(lines.joined(separator: "\n").utf8)
  }
}
