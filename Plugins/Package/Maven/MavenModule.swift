internal import JourneymanActionKit
internal import JourneymanActionSupport

/// One module: its POM, and the files that belong to it.
struct MavenModule: Sendable {
  /// One file of it.
  struct Part: Sendable {
    let kind: MavenFileKind
    let path: String
    let body: WebRequest.Body
    let digests: FileDigests
  }

  let pom: MavenPOM
  /// The main file, the POM, then what is attached: the order in which Maven deploys.
  private(set) var parts: [Part]

  var coordinates: MavenCoordinates { pom.coordinates }

  /// The files of the workspace it is made of; a POM may be from inside another one.
  var paths: [String] { parts.map(\.path).reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }

  /// - Parameter files: the POM itself may be among them.
  /// - Throws: ``PackageError`` when two files would get the same name, or the main one is missing.
  init(pom: MavenPOM, origin: String, files: [(kind: MavenFileKind, file: PackageFile)]) async throws {
    self.pom = pom
    var parts: [Part] = []
    var kinds: Set<MavenFileKind> = [.pom]
    for (kind, file) in files where kind != .pom {
      if !kinds.insert(kind).inserted {
        throw PackageError(
          .invalidPackage,
          "two files would be published as \(pom.coordinates.artifact)-\(pom.coordinates.version)\(kind.tail)")
      }
      let digests = try await FileDigests.compute([.md5, .sha1], of: file.content)
      parts.append(Part(kind: kind, path: file.path, body: .file(file.content), digests: digests))
    }
    let main = parts.firstIndex { $0.kind.classifier == nil && !$0.kind.fileExtension.hasSuffix("asc") }
    if main == nil && pom.packaging != "pom" {
      throw PackageError(
        .invalidPackage,
        "\(pom.coordinates) has packaging \(pom.packaging.prefix(100)), but its main file is not among the files")
    }
    let first = main.map { [parts.remove(at: $0)] } ?? []
    let digests = try FileDigests.compute([.md5, .sha1], of: pom.bytes)
    self.parts = first + [Part(kind: .pom, path: origin, body: .bytes(pom.bytes), digests: digests)] + parts
  }
}
