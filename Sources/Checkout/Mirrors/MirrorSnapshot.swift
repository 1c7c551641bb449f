/// A mirror that holds what a checkout asked for, kept in place as long as this value lives.
struct MirrorSnapshot: ~Copyable {
  /// The mirror's directory: a bare repository.
  let path: String
  /// What the request meant; `nil` when the repository is empty.
  let resolution: ReferenceResolution?
  /// The commit to check out; `nil` when the repository is empty.
  let commit: ObjectID?
  /// Every reference the mirror has.
  let references: [Advertisement.Reference]
  /// The branch the server's HEAD points at.
  let headBranch: String?
  /// Whether history ends early because the server's does.
  let isShallow: Bool
  /// Keeps cleaning and repacking away; `nil` for a mirror nobody else knows.
  let use: FileLock?
}
