/// What the listener has a worker process do: whatever meets archives, XML or repositories. Paths are relative to the
/// directory whose descriptor comes with the job, and stay beneath it.
public enum WorkerJob: Codable, Sendable {
  /// Write an archive to standard output; the answer is a count.
  case pack(PackingJob)
  /// Unpack the archive on standard input; the answer is a count.
  case unpack(UnpackingJob)
  /// Find files; the answer is their paths.
  case list(FileSelection)
  /// Find files and compute their digests.
  case fingerprint(FileSelection)
  /// Read reports of tests; the answer is their suites.
  case testReports(TestReportJob)
  /// Carry out a step of the git plugin.
  case git(GitJob)
  /// Find out which of these patterns match nothing; the answer is those patterns.
  case unmatched([String], isCaseSensitive: Bool)

  /// Whether files with credentials exist while the job is done.
  public var holdsCredentials: Bool { if case .git = self { true } else { false } }
}

/// An archive to be written.
public struct PackingJob: Codable, Sendable, Hashable {
  /// The kind of archive.
  public enum Format: String, Codable, Sendable {
    /// GNU tar.
    case tar
    /// GNU tar, compressed with gzip.
    case tarGzip
    /// Zip, with the content that links lead to.
    case zip
  }

  /// What goes into it.
  public enum Content: Codable, Sendable, Hashable {
    /// What a selection finds.
    case selection(FileSelection)
    /// Files by their names in the archive.
    case files([String: String])
  }

  /// The kind of archive.
  public var format: Format
  /// What goes into it.
  public var content: Content
  /// A directory within the archive that everything stands in; empty for none.
  public var prefix: String

  /// Describes an archive.
  public init(_ format: Format, _ content: Content, prefix: String = "") {
    self.format = format
    self.content = content
    self.prefix = prefix
  }
}

/// An archive to be unpacked.
public struct UnpackingJob: Codable, Sendable, Hashable {
  /// Whether the tar archive is compressed with gzip.
  public var isCompressed: Bool
  /// Who owns what is made, as user and group; `nil` is the agent's own user.
  public var owner: UInt32?
  /// What messages call the directory.
  public var shownAs: String

  /// Describes the work.
  public init(isCompressed: Bool, owner: UInt32?, shownAs: String) {
    self.isCompressed = isCompressed
    self.owner = owner
    self.shownAs = shownAs
  }
}
