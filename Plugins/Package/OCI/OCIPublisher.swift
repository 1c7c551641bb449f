internal import Foundation
internal import JourneymanActionKit
internal import JourneymanActionSupport

/// Files as an OCI artifact, or an OCI image layout, by the distribution specification:
/// https://github.com/opencontainers/distribution-spec/blob/main/spec.md
struct OCIPublisher: Publisher {
  private let address: RepositoryAddress
  private let name: String
  private let skipsExisting: Bool
  private let tags: [String]
  private let layout: String?
  private let artifactType: String
  private let chunkSize: Int
  private let tokenServer: RepositoryAddress?

  /// - Throws: `PluginConfigurationError` for names that a registry cannot have.
  init(
    address: RepositoryAddress, skipsExisting: Bool, tags: [String], layout: String?, artifactType: String,
    chunkSize: Int, tokenServer: String?
  ) throws {
    name = address.path.split(separator: "/").joined(separator: "/")
    guard !name.isEmpty, name.utf8.count <= 255, name.split(separator: "/").allSatisfy(Self.isNamePart) else {
      throw PluginConfigurationError(
        "repository", "its path must be the image's name in lower case: https://registry.example.org/team/app")
    }
    guard !tags.isEmpty, tags.allSatisfy(Self.isTag) else {
      throw PluginConfigurationError("tag", "must be 1 to 128 letters, digits and '._-'")
    }
    do throws(PackageError) {
      self.tokenServer = if let tokenServer { try RepositoryAddress(tokenServer) } else { nil }
    } catch {
      throw PluginConfigurationError("token-server", error.message)
    }
    (self.address, self.skipsExisting, self.tags, self.layout) = (address, skipsExisting, tags, layout)
    (self.artifactType, self.chunkSize) = (artifactType, chunkSize)
  }

  func prepare(_ files: [PackageFile], in context: ActionContext) async throws -> [Publication] {
    let content =
      if layout != nil { try await OCILayout(files).content() } else { try await artifact(files) }
    guard let last = content.manifests.last else { throw PackageError(.invalidPackage, "there is nothing to push") }
    let target = "\(address.authority)/\(name):\(tags.joined(separator: ","))"
    return [
      Publication(
        title: "\(name):\(tags.joined(separator: ","))", files: layout.map { [$0] } ?? files.map(\.path),
        target: target, details: ["\(content.blobs.count) blobs, manifest \(last.digest)"]
      ) { client in
        let registry = OCIRegistry(client: client, name: name, tokenServer: tokenServer)
        let missing = try await missingTags(last, registry)
        if missing.isEmpty { return .alreadyThere("the registry has \(last.digest) or its tags are taken") }
        let upload = BlobUpload(registry: registry, chunkSize: chunkSize)
        for (index, blob) in content.blobs.enumerated() {
          client.context.progress("pushing \(name)", done: Int64(index), total: Int64(content.blobs.count))
          try await upload.send(blob.descriptor, blob.source)
        }
        for manifest in content.manifests.dropLast() { try await registry.put(manifest, as: manifest.digest) }
        for tag in missing { try await registry.put(last, as: tag) }
        let places = missing.map { "\(address.authority)/\(name):\($0)@\(last.digest)" }
        return .published(places.joined(separator: " "))
      }
    ]
  }

  /// Tags that do not show the manifest yet, without those that are taken if such may stay.
  private func missingTags(_ manifest: OCIContent.Manifest, _ registry: OCIRegistry) async throws -> [String] {
    var missing: [String] = []
    for tag in tags {
      let present = try await registry.manifestDigest(tag)
      if present == manifest.digest { continue }
      if let present, skipsExisting {
        registry.client.context.log("\(name):\(tag) stays as it is: \(present)", .warning)
        continue
      }
      missing.append(tag)
    }
    return missing
  }

  /// An artifact: one layer for each file, named by its title.
  private func artifact(_ files: [PackageFile]) async throws -> OCIContent {
    var content = OCIContent()
    content.blobs.append((OCIManifest.emptyConfiguration, .bytes(Array("{}".utf8))))
    var layers: [OCIDescriptor] = []
    for file in files {
      if layers.contains(where: { $0.annotations?.values.contains(file.name) ?? false }) {
        throw PackageError(
          .invalidPackage, "two files are named \(file.name); an artifact's files need names of their own")
      }
      let digests = try await FileDigests.compute([.sha256], of: file.content)
      let layer = OCIDescriptor(
        mediaType: "application/octet-stream", digest: "sha256:\(digests.hexadecimal(.sha256))",
        size: file.content.size, annotations: ["org.opencontainers.image.title": file.name])
      layers.append(layer)
      content.blobs.append((layer, .file(file)))
    }
    let manifest = OCIManifest(
      mediaType: OCIManifest.manifestType, artifactType: artifactType, config: OCIManifest.emptyConfiguration,
      layers: layers)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let bytes = Array(try encoder.encode(manifest))
    let digest = "sha256:" + (try FileDigests.compute([.sha256], of: bytes)).hexadecimal(.sha256)
    content.manifests = [OCIContent.Manifest(mediaType: OCIManifest.manifestType, digest: digest, bytes: bytes)]
    return content
  }

  private static func isNamePart(_ part: Substring) -> Bool {
    func isWord(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }
    guard let first = part.utf8.first, let last = part.utf8.last, isWord(first), isWord(last) else { return false }
    return part.utf8.allSatisfy { isWord($0) || $0 == 45 || $0 == 46 || $0 == 95 }
  }

  private static func isTag(_ tag: String) -> Bool {
    guard let first = tag.utf8.first, first != 45, first != 46 else { return false }
    return tag.utf8.count <= 128
      && tag.utf8.allSatisfy {
        (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || "-._".utf8.contains($0)
      }
  }
}
