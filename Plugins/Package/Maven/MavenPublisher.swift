internal import Foundation
internal import JourneymanActionKit
internal import JourneymanActionSupport

/// Modules for Maven repositories, by the requests that Maven itself sends:
/// https://maven.apache.org/repository/layout.html
struct MavenPublisher: Publisher {
  let address: RepositoryAddress
  let skipsExisting: Bool

  func prepare(_ files: [PackageFile], in context: ActionContext) async throws -> [Publication] {
    try await MavenModuleSearch.modules(of: files).map { module in
      let coordinates = module.coordinates
      let target = address.appending(coordinates.directory + [coordinates.version])
      return Publication(
        title: coordinates.description, files: module.paths, target: target,
        details: module.parts.map {
          "\(coordinates.artifact)-\(coordinates.version)\($0.kind.tail), sha1 \($0.digests.hexadecimal(.sha1))"
        }
      ) { [address, skipsExisting] client in
        var upload = MavenUpload(module: module, address: address, skipsExisting: skipsExisting, client: client)
        do {
          return try await upload.send()
        } catch let error as CancellationError {
          throw error
        } catch {
          if upload.stored.isEmpty { throw error }
          throw PackageError(
            .refused, "\(error); stored before that: \(upload.stored.joined(separator: ", "))")
        }
      }
    }
  }
}

/// One module on its way.
struct MavenUpload {
  private let module: MavenModule
  private let address: RepositoryAddress
  private let skipsExisting: Bool
  private let client: RepositoryClient
  /// The names of the files that the repository has taken.
  private(set) var stored: [String] = []

  private static let longestMetadata = 8 << 20

  init(module: MavenModule, address: RepositoryAddress, skipsExisting: Bool, client: RepositoryClient) {
    (self.module, self.address, self.skipsExisting, self.client) = (module, address, skipsExisting, client)
  }

  /// Sends files, then what makes them known.
  mutating func send() async throws -> Publication.Outcome {
    let time = Self.digits(of: Date())
    return module.coordinates.isSnapshot ? try await sendSnapshot(time) : try await sendRelease(time)
  }

  private mutating func sendRelease(_ time: String) async throws -> Publication.Outcome {
    let coordinates = module.coordinates
    let directory = coordinates.directory + [coordinates.version]
    for part in module.parts {
      try await put(part, named: "\(coordinates.artifact)-\(coordinates.version)\(part.kind.tail)", in: directory)
    }
    let versions = try await self.versions()
    if stored.isEmpty && versions.versions.contains(coordinates.version) {
      return .alreadyThere("the repository has all of its files")
    }
    try await add(to: versions, time)
    return .published(address.appending(directory))
  }

  /// Snapshots are numbered; nothing of an older one is replaced.
  private mutating func sendSnapshot(_ time: String) async throws -> Publication.Outcome {
    let coordinates = module.coordinates
    let directory = coordinates.directory + [coordinates.version]
    let present = try await metadata(directory)
    var snapshots = if let present { try MavenSnapshots(present) } else { MavenSnapshots() }
    let number = snapshots.buildNumber + 1
    let stamp = "\(time.prefix(8)).\(time.dropFirst(8))"
    let value = "\(coordinates.snapshotPrefix)\(stamp)-\(number)"
    for part in module.parts {
      try await put(part, named: "\(coordinates.artifact)-\(value)\(part.kind.tail)", in: directory)
    }
    let versions = try await self.versions()
    snapshots.add(module.parts.map(\.kind), value: value, number: number, time: time)
    try await putMetadata(snapshots.document(coordinates, stamp: stamp, time: time), in: directory)
    try await add(to: versions, time)
    return .published(address.appending(directory + ["\(coordinates.artifact)-\(value).pom"]))
  }

  /// The module's versions in the repository.
  private func versions() async throws -> MavenVersions {
    let present = try await metadata(module.coordinates.directory)
    return if let present { try MavenVersions(present) } else { MavenVersions() }
  }

  /// Adds the version to the module's list.
  private func add(to versions: MavenVersions, _ time: String) async throws {
    var versions = versions
    versions.add(module.coordinates)
    try await putMetadata(
      versions.document(module.coordinates, time: time), in: module.coordinates.directory)
  }

  /// Sends a file and its checksums.
  private mutating func put(_ part: MavenModule.Part, named name: String, in directory: [String]) async throws {
    let url = address.appending(directory + [name])
    let upload = FileUpload(body: part.body, url: url, digests: part.digests, sendsDigests: false)
    let isReplaceable = skipsExisting && !module.coordinates.isSnapshot
    let outcome = try await upload.send(client, skipsExisting: isReplaceable)
    if case .alreadyThere = outcome {
      if let other = try await checksum(url), other != part.digests.hexadecimal(.sha1) {
        client.context.log("\(name) stays as it is in the repository, where it has another content", .warning)
      }
      return
    }
    stored.append(name)
    try await putChecksums(part.digests, of: url)
  }

  private func putMetadata(_ bytes: [UInt8], in directory: [String]) async throws {
    let url = address.appending(directory + ["maven-metadata.xml"])
    let digests = try FileDigests.compute([.md5, .sha1], of: bytes)
    _ = try await FileUpload(body: .bytes(bytes), url: url, digests: digests, sendsDigests: false).send(
      client, skipsExisting: false)
    try await putChecksums(digests, of: url)
  }

  /// The digits alone, without a newline, as Maven writes them.
  private func putChecksums(_ digests: FileDigests, of url: String) async throws {
    for algorithm in [DigestAlgorithm.sha1, .md5] {
      let body = WebRequest.Body.bytes(Array(digests.hexadecimal(algorithm).utf8))
      _ = try await FileUpload(
        body: body, url: "\(url).\(algorithm.rawValue)", digests: digests, sendsDigests: false
      ).send(client, skipsExisting: false)
    }
  }

  /// A list that the repository has; `nil` when it has none.
  ///
  /// - Throws: ``PackageError`` when it is not what its checksum says: what was added to a damaged list would lose
  ///   versions.
  private func metadata(_ directory: [String]) async throws -> [UInt8]? {
    let url = address.appending(directory + ["maven-metadata.xml"])
    // Between a list and its checksum another publication may come; then the second look finds both.
    for attempt in 1...2 {
      var request = WebRequest("GET", url)
      request.answerLimit = Self.longestMetadata
      let response = try await client.send(request).response
      if response.status == 404 || response.status == 410 { return nil }
      guard response.isSuccess else { throw RepositoryClient.refusal(url, response) }
      let wanted = try await checksum(url)
      if try wanted == nil || wanted == FileDigests.compute([.sha1], of: response.body).hexadecimal(.sha1) {
        return response.body
      }
      if attempt == 1 { try await Task.sleep(for: .seconds(1)) }
    }
    throw PackageError(
      .refused, "\(url) is not what its checksum \(url).sha1 says; mend it in the repository, then publish again")
  }

  /// The SHA-1 that the repository keeps for a file, in lower case; some write the file's name behind it.
  private func checksum(_ url: String) async throws -> String? {
    var request = WebRequest("GET", url + ".sha1")
    request.answerLimit = 4096
    let response = try await client.send(request).response
    guard response.isSuccess else { return nil }
    let digits = response.text.lowercased().drop { $0.isWhitespace }.prefix { $0.isHexDigit }
    return digits.utf8.count == 40 ? String(digits) : nil
  }

  /// `yyyyMMddHHmmss` in UTC.
  private static func digits(of date: Date) -> String {
    let style = Date.ISO8601FormatStyle(dateSeparator: .omitted, dateTimeSeparator: .space, timeSeparator: .omitted)
    return style.format(date).filter(\.isNumber)
  }
}
