/// What a registry keeps, by its digest: https://github.com/opencontainers/image-spec/blob/main/descriptor.md
struct OCIDescriptor: Codable, Sendable, Hashable {
  var mediaType: String
  var digest: String
  var size: Int64
  var annotations: [String: String]?
  var data: String?

  /// Whether the digest is SHA-256 in the one way it is written.
  var hasPlainDigest: Bool {
    digest.hasPrefix("sha256:") && digest.utf8.count == 71
      && digest.utf8.dropFirst(7).allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }
}

/// A manifest or an index; the one has layers, the other manifests.
struct OCIManifest: Codable, Sendable, Hashable {
  var schemaVersion = 2
  var mediaType: String?
  var artifactType: String?
  var config: OCIDescriptor?
  var layers: [OCIDescriptor]?
  var manifests: [OCIDescriptor]?

  static let manifestType = "application/vnd.oci.image.manifest.v1+json"
  static let indexType = "application/vnd.oci.image.index.v1+json"
  /// The configuration of an artifact that has none: `{}`.
  static let emptyConfiguration = OCIDescriptor(
    mediaType: "application/vnd.oci.empty.v1+json",
    digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", size: 2, data: "e30=")
  static let types: Set<String> = [
    manifestType, indexType, "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
  ]
}

/// What a registry gets, in the order in which it must get it: blobs, then manifests, the one with the tags last.
struct OCIContent: Sendable {
  /// A blob's bytes.
  enum Source: Sendable {
    case bytes([UInt8])
    case file(PackageFile)
  }

  /// A manifest's exact bytes.
  struct Manifest: Sendable {
    let mediaType: String
    let digest: String
    let bytes: [UInt8]
  }

  var blobs: [(descriptor: OCIDescriptor, source: Source)] = []
  var manifests: [Manifest] = []
}
