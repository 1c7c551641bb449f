internal import JourneymanActionKit
internal import JourneymanActionSupport

/// Finds out which modules files belong to: by POMs among them, by the POMs inside archives, and by their names.
struct MavenModuleSearch {
  private static let archives = [".jar", ".war", ".ear", ".aar", ".rar", ".par", ".zip"]

  /// A module with what was found of it.
  private struct Found {
    let pom: MavenPOM
    /// Where the POM is from.
    let origin: String
    /// Whether it is a file of its own, which an embedded one never replaces.
    let isFile: Bool
    var files: [(kind: MavenFileKind, file: PackageFile)] = []
  }

  private var found: [MavenCoordinates: Found] = [:]
  /// In the order of the files.
  private var order: [MavenCoordinates] = []

  /// The modules that files make, in the order of their first files.
  ///
  /// - Throws: ``PackageError`` when a file belongs to none, or it cannot be told to which.
  static func modules(of files: [PackageFile]) async throws -> [MavenModule] {
    var search = MavenModuleSearch()
    for file in files where isPOM(file.name) { try await search.addPOM(file) }
    var embedded: [String: [MavenPOM]] = [:]
    for file in files where archives.contains(where: file.name.hasSuffix) {
      embedded[file.path] = try await search.embeddedPOMs(file)
    }
    // Files without a POM inside belong to modules that others tell of; signatures follow the files they sign.
    let plain = files.filter { !isPOM($0.name) && !$0.name.hasSuffix(".asc") }
    func poms(_ file: PackageFile) -> [MavenPOM] { embedded[file.path] ?? [] }
    for file in plain where !poms(file).isEmpty { try search.add(file, embedded: poms(file)) }
    for file in plain where poms(file).isEmpty { try search.add(file, embedded: []) }
    for file in files where file.name.hasSuffix(".asc") { try search.addSignature(file) }
    let firsts = Dictionary(files.enumerated().map { ($1.path, $0) }) { first, _ in first }
    func place(_ coordinates: MavenCoordinates) -> Int {
      search.found[coordinates]?.files.compactMap { firsts[$0.file.path] }.min() ?? files.count
    }
    var modules: [MavenModule] = []
    for coordinates in search.order.sorted(by: { place($0) < place($1) }) {
      guard let found = search.found[coordinates] else { continue }
      modules.append(try await MavenModule(pom: found.pom, origin: found.origin, files: found.files))
    }
    return modules
  }

  private static func isPOM(_ name: String) -> Bool { name == "pom.xml" || name.hasSuffix(".pom") }

  private mutating func addPOM(_ file: PackageFile) async throws {
    let pom: MavenPOM
    do throws(PackageError) {
      pom = try MavenPOM(try await Self.content(of: file))
    } catch {
      throw PackageError(.invalidPackage, "\(file.path) cannot be published: \(error.message)")
    }
    if let other = found[pom.coordinates] {
      throw PackageError(.invalidPackage, "\(file.path) and \(other.origin) are both the POM of \(pom.coordinates)")
    }
    found[pom.coordinates] = Found(pom: pom, origin: file.path, isFile: true, files: [(.pom, file)])
    order.append(pom.coordinates)
  }

  private static func content(of file: PackageFile) async throws(PackageError) -> [UInt8] {
    do {
      return try await file.content.contents(limit: MavenPOM.longest)
    } catch {
      throw PackageError(.invalidPackage, "\(error)")
    }
  }

  /// The POMs in an archive; there are several in one that holds its dependencies as well.
  private func embeddedPOMs(_ file: PackageFile) async throws -> [MavenPOM] {
    let members = try await ArchiveListing.read(file.content, contentLimit: MavenPOM.longest) { path in
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      return parts.count == 5 && parts[0] == "META-INF" && parts[1] == "maven" && parts[4] == "pom.xml"
    }
    var poms: [MavenPOM] = []
    for member in members {
      do throws(PackageError) {
        poms.append(try MavenPOM(member.content))
      } catch {
        // Of many, only the one that is needed has to be good.
        if members.count == 1 && !order.contains(where: { $0.tail(of: file.name) != nil }) {
          throw PackageError(.invalidPackage, "\(file.path) cannot be published: \(error.message)")
        }
      }
    }
    return poms
  }

  private mutating func add(_ file: PackageFile, embedded: [MavenPOM]) throws(PackageError) {
    let known = order.filter { $0.tail(of: file.name) != nil }
    let inside = embedded.filter { $0.coordinates.tail(of: file.name) != nil }
    if let best = Self.longest(known + inside.map(\.coordinates)) {
      if best.isAmbiguous {
        throw PackageError(
          .invalidPackage, "\(file.path) could belong to \(best.coordinates) or another module with such a name")
      }
      try insert(file, best.coordinates, inside.first { $0.coordinates == best.coordinates })
      return
    }
    let stem = MavenFileKind(name: file.name).map { file.name.dropLast($0.tail.utf8.count) } ?? file.name[...]
    let named = embedded.filter { found[$0.coordinates] != nil || stem == $0.coordinates.artifact }
    guard let pom = named.first, Set(named.map(\.coordinates)).count == 1 else {
      throw PackageError(
        .invalidPackage,
        "\(file.path): no POM tells its module; add its POM to the files and name it ARTIFACT-VERSION.EXTENSION")
    }
    try insert(file, pom.coordinates, pom)
  }

  /// The module with the longest name of those that fit a file's name.
  private static func longest(
    _ fitting: [MavenCoordinates]
  ) -> (coordinates: MavenCoordinates, isAmbiguous: Bool)? {
    let lengths = Set(fitting).map { ($0, "\($0.artifact)-\($0.version)".utf8.count) }.sorted { $0.1 > $1.1 }
    guard let first = lengths.first else { return nil }
    return (first.0, lengths.count > 1 && lengths[1].1 == first.1)
  }

  private mutating func insert(
    _ file: PackageFile, _ coordinates: MavenCoordinates, _ pom: MavenPOM?
  ) throws(PackageError) {
    let kind =
      if let tail = coordinates.tail(of: file.name) { MavenFileKind(tail: tail) } else {
        MavenFileKind(name: file.name)
      }
    guard let kind else {
      throw PackageError(.invalidPackage, "\(file.path) has a name that no file of \(coordinates) can have")
    }
    if let pom, found[coordinates] == nil {
      found[coordinates] = Found(pom: pom, origin: file.path, isFile: false)
      order.append(coordinates)
    }
    if let present = found[coordinates], !present.isFile, let pom, present.pom.bytes != pom.bytes {
      throw PackageError(
        .invalidPackage, "\(file.path) and \(present.origin) hold different POMs of \(coordinates)")
    }
    found[coordinates]?.files.append((kind, file))
  }

  /// `x.jar.asc` signs `x.jar`.
  private mutating func addSignature(_ file: PackageFile) throws(PackageError) {
    let signed = String(file.path.dropLast(".asc".count))
    for coordinates in order {
      guard let entry = found[coordinates]?.files.first(where: { $0.file.path == signed }) else { continue }
      let kind = MavenFileKind(
        classifier: entry.kind.classifier, fileExtension: entry.kind.fileExtension + ".asc")
      found[coordinates]?.files.append((kind, file))
      return
    }
    try add(file, embedded: [])
  }
}
