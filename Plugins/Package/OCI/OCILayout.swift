internal import Foundation
internal import JourneymanActionKit
internal import JourneymanActionSupport

/// An OCI image layout: https://github.com/opencontainers/image-spec/blob/main/image-layout.md
struct OCILayout {
  private static let largestManifest = 4 << 20
  private static let mostManifests = 200

  private let index: PackageFile?
  private let blobs: [String: PackageFile]

  init(_ files: [PackageFile]) {
    index = files.first { $0.name == "index.json" }
    var blobs: [String: PackageFile] = [:]
    for file in files {
      let parts = file.path.split(separator: "/").suffix(3)
      if parts.count == 3, parts.first == "blobs" { blobs[parts.dropFirst().joined(separator: ":")] = file }
    }
    self.blobs = blobs
  }

  /// Everything that the index leads to, each blob compared with its digest.
  ///
  /// A layout of one image is pushed as that image, one of several as the index.
  func content() async throws -> OCIContent {
    guard let index else { throw PackageError(.invalidPackage, "the layout has no index.json") }
    let bytes = try await index.content.contents(limit: Self.largestManifest)
    let parsed = try Self.parse(bytes, index.path)
    let roots = parsed.manifests ?? []
    var content = OCIContent()
    var seen: Set<String> = []
    for root in roots { try await add(root, depth: 0, to: &content, &seen) }
    if roots.count > 1 {
      let digest = "sha256:" + (try FileDigests.compute([.sha256], of: bytes)).hexadecimal(.sha256)
      content.manifests.append(OCIContent.Manifest(mediaType: OCIManifest.indexType, digest: digest, bytes: bytes))
    }
    return content
  }

  private func add(
    _ descriptor: OCIDescriptor, depth: Int, to content: inout OCIContent, _ seen: inout Set<String>
  ) async throws {
    guard seen.insert(descriptor.digest).inserted else { return }
    if depth > 3 || content.manifests.count >= Self.mostManifests {
      throw PackageError(.invalidPackage, "the layout has too many manifests, or they are nested too deeply")
    }
    guard OCIManifest.types.contains(descriptor.mediaType) else {
      throw PackageError(
        .invalidPackage, "the layout leads to a manifest of the unknown type '\(descriptor.mediaType.prefix(100))'")
    }
    let file = try await checked(descriptor)
    let bytes = try await file.content.contents(limit: Self.largestManifest)
    let manifest = try Self.parse(bytes, file.path)
    for child in manifest.manifests ?? [] { try await add(child, depth: depth + 1, to: &content, &seen) }
    for blob in (manifest.config.map { [$0] } ?? []) + (manifest.layers ?? []) where seen.insert(blob.digest).inserted {
      content.blobs.append((blob, .file(try await checked(blob))))
    }
    content.manifests.append(
      OCIContent.Manifest(mediaType: descriptor.mediaType, digest: descriptor.digest, bytes: bytes))
  }

  private static func parse(_ bytes: [UInt8], _ path: String) throws -> OCIManifest {
    do {
      return try JSONDecoder().decode(OCIManifest.self, from: Data(bytes))
    } catch {
      throw PackageError(.invalidPackage, "\(path) is no OCI manifest")
    }
  }

  /// The blob's file, if it is what its digest says.
  private func checked(_ descriptor: OCIDescriptor) async throws -> PackageFile {
    guard descriptor.hasPlainDigest else {
      throw PackageError(
        .invalidPackage, "the layout has a digest that is no SHA-256: '\(descriptor.digest.prefix(100))'")
    }
    guard let file = blobs[descriptor.digest] else {
      throw PackageError(.invalidPackage, "the layout lacks the blob \(descriptor.digest)")
    }
    let digest = try await FileDigests.compute([.sha256], of: file.content).hexadecimal(.sha256)
    guard "sha256:" + digest == descriptor.digest, file.content.size == descriptor.size else {
      throw PackageError(.invalidPackage, "\(file.path) is damaged: it has not the digest and size of its descriptor")
    }
    return file
  }
}
