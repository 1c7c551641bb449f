extension Buildspec {
  /// What a build hands over (`artifacts`).
  public struct Artifacts: Sendable, Equatable {
    /// The main artifact, if it names files.
    public var primary: ArtifactSet?
    /// The further ones, each with an identifier, in the file's order.
    public var secondary: [ArtifactSet]

    /// Makes a list of artifacts; empty unless given.
    public init(primary: ArtifactSet? = nil, secondary: [ArtifactSet] = []) {
      self.primary = primary
      self.secondary = secondary
    }
  }

  /// The files of one artifact and how they are packed.
  public struct ArtifactSet: Sendable, Equatable {
    /// The key under `secondary-artifacts`; `nil` for the primary artifact.
    public var identifier: String?
    /// Glob patterns of the files, relative to ``baseDirectory``. They may contain variables.
    public var files: [String]
    /// The artifact's name as written; the build's shell expands `$VAR` and `$(…)` in it.
    public var name: String?
    /// Whether files lose their directories.
    public var discardsPaths: Bool
    /// The directory, or a glob of directories, that ``files`` is relative to; relative to the original directory.
    public var baseDirectory: String?
    /// Glob patterns of files to leave out, relative to ``baseDirectory``.
    public var excludePaths: [String]
    /// Whether symbolic links within the artifact stay links.
    public var keepsSymlinks: Bool
    /// The first part of the key in a bucket.
    public var s3Prefix: String?

    /// Makes an artifact.
    public init(
      identifier: String? = nil, files: [String], name: String? = nil, discardsPaths: Bool = false,
      baseDirectory: String? = nil, excludePaths: [String] = [], keepsSymlinks: Bool = false, s3Prefix: String? = nil
    ) {
      self.identifier = identifier
      self.files = files
      self.name = name
      self.discardsPaths = discardsPaths
      self.baseDirectory = baseDirectory
      self.excludePaths = excludePaths
      self.keepsSymlinks = keepsSymlinks
      self.s3Prefix = s3Prefix
    }
  }

  /// What is kept from one build to the next (`cache`).
  public struct Cache: Sendable, Equatable {
    /// The half of caching to do.
    public enum Action: String, Sendable, Equatable, CaseIterable {
      /// Only bring the cache back at the start.
      case restore
      /// Only keep it at the end.
      case save
    }

    /// The most fallback keys that are looked at.
    public static let mostFallbackKeys = 5

    /// Paths or glob patterns, relative to the original directory or absolute; `~` and variables occur.
    public var paths: [String]
    /// The key as written, evaluated by the build's shell; the cache of a key never changes once it is made.
    public var key: String?
    /// Prefixes of keys to try, in order, when there is no cache for ``key``.
    public var fallbackKeys: [String]
    /// Only restore or only save; `nil` means both.
    public var action: Action?

    /// Makes cache settings.
    public init(paths: [String], key: String? = nil, fallbackKeys: [String] = [], action: Action? = nil) {
      self.paths = paths
      self.key = key
      self.fallbackKeys = fallbackKeys
      self.action = action
    }
  }
}
