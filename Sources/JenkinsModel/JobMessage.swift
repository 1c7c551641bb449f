/// What the listener says to its worker.
public enum JobOrder: Codable, Sendable {
  /// The one job, and whether a directory comes with it as descriptor 4.
  case start(WorkerJob, hasDirectory: Bool)
}

/// What a worker says to the listener.
public enum JobMessage: Codable, Sendable {
  /// Text for the build's log.
  case log(String)
  /// The job is done; all output has been written.
  case done(JobAnswer)
  /// The job failed, for this reason.
  case failed(String)
}

/// What came of a job.
public enum JobAnswer: Codable, Sendable {
  /// How many entries an archive has.
  case count(Int)
  /// Paths or patterns.
  case names([String])
  /// Yes or no.
  case flag(Bool)
  /// References with their commits.
  case references([GitReference])
  /// A commit.
  case commit(GitCommit)
  /// What a server has, and the branch its HEAD points at.
  case listing([GitReference], head: String?)
  /// What is in a tree.
  case tree([GitTreeEntry])
  /// What reports of tests say; `nil` when there is no report.
  case suites([TestSuite]?)
  /// Files with their digests.
  case fingerprints([FileFingerprint])
}

/// A reference of a repository.
public struct GitReference: Codable, Sendable, Hashable {
  /// The full name, such as `refs/tags/v1`.
  public var name: String
  /// The id of the commit it leads to.
  public var commit: String

  /// Describes a reference.
  public init(name: String, commit: String) {
    self.name = name
    self.commit = commit
  }
}

/// A file's digest.
public struct FileFingerprint: Codable, Sendable, Hashable {
  /// The path.
  public var path: String
  /// The MD5 of its content (RFC 1321), which is what Jenkins tells files by: 32 lower-case hexadecimal digits.
  public var md5: String
  /// When the content last changed, in milliseconds since 1970.
  public var modified: Int64

  /// Describes a file.
  public init(path: String, md5: String, modified: Int64) {
    self.path = path
    self.md5 = md5
    self.modified = modified
  }
}
