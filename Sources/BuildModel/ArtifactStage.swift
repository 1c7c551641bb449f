/// The steps of getting artifacts out of a workspace, as a journal names them.
public enum ArtifactStage: String, Sendable, Hashable, Codable, CaseIterable {
  /// Files are being found.
  case collect
  /// They are being packed, and what is packed already is being sealed.
  case package
  /// Everything is packed; the envelope is being completed.
  case seal
  /// Sealed files are being sent to their stores.
  case store
  /// All are there; the manifest, which lists them, follows.
  case list
}
