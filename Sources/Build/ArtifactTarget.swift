import JourneymanArtifacts
import JourneymanBuildModel
import JourneymanSealing
import JourneymanSupport

/// One form in which an artifact leaves the build: for the output directory, or for a store with recipients of its own.
struct ArtifactTarget {
  /// The store's name; `nil` is the output directory.
  let store: String?
  /// The folder that receives the files, relative to the output directory.
  let folder: String
  /// How files are packed; `nil` leaves them as they are.
  let format: ArchiveFormat?
  /// Whom the package is sealed for; empty leaves it open.
  let recipients: [Recipient]

  /// Where a build's artifacts go: always the output directory, then each store that wants another form.
  ///
  /// - Throws: ``BuildError`` for a recipient that is no age public key.
  static func all(for request: BuildRequest) throws -> [ArtifactTarget] {
    let standard = ArtifactTarget(
      store: nil, folder: OutputLayout.artifacts, format: .zip, recipients: try recipients(request.recipients))
    return try [standard]
      + request.settings.artifactStores.map { store in
        ArtifactTarget(
          store: store.name, folder: OutputLayout.copies(for: store.name), format: format(store.format),
          recipients: store.recipients.isEmpty ? standard.recipients : try recipients(store.recipients))
      }
  }

  private static func format(_ setting: ArtifactStoreSettings.Format) -> ArchiveFormat? {
    switch setting {
    case .zip: .zip
    case .tarZstandard: .tarZstd
    case .none: nil
    }
  }

  private static func recipients(_ texts: [String]) throws -> [Recipient] {
    do {
      return try texts.map { try Recipient($0) }
    } catch {
      throw BuildError(.unsupported, "artifacts cannot be sealed: \(error)", underlying: error)
    }
  }

  /// The file or folder for an artifact's name, relative to the output directory.
  func file(for name: String) -> String {
    guard let format else { return folder + "/" + name }
    let suffix = "." + format.fileExtension
    return folder + "/" + (name.hasSuffix(suffix) ? name : name + suffix) + (recipients.isEmpty ? "" : ".age")
  }
}
