/// What a checkout has put into a directory.
public struct CheckedOutRevision: Sendable, Hashable {
  /// One commit's description.
  public struct Commit: Sendable, Hashable {
    /// The commit's id, 40 hexadecimal digits.
    public var id: String
    /// The id of its tree, 40 hexadecimal digits.
    public var tree: String
    /// The author's name.
    public var authorName: String
    /// The author's mail address.
    public var authorEmail: String
    /// When it was written, in seconds since 1970.
    public var authoredAt: Int64
    /// When it was committed, in seconds since 1970.
    public var committedAt: Int64
    /// The whole message.
    public var message: String
  }

  /// The repository's URL, without credentials.
  public var url: String
  /// The full name of the reference, such as `refs/heads/main`; `nil` for a commit id or a detached default.
  public var reference: String?
  /// What is checked out; `nil` when the repository is empty.
  public var commit: Commit?
  /// The directories that the workspace's `.git` borrows objects from: one for the repository and one for each
  /// submodule. A sandbox has to show them, read-only and at these paths. Empty when the workspace has all it needs.
  public var mirrors: [String]
  /// Paths of the submodules that were checked out, relative to the workspace.
  public var submodules: [String]

  /// The branch's name without `refs/heads/`; `nil` when it is not a branch.
  public var branch: String? {
    guard let reference, reference.hasPrefix("refs/heads/") else { return nil }
    return String(reference.dropFirst("refs/heads/".count))
  }

  /// The variables a build is given about its source. Control characters in the message are kept; NUL cannot occur.
  public var environment: [String: String] {
    var variables = ["CODEBUILD_SOURCE_REPO_URL": url]
    variables["CODEBUILD_SOURCE_VERSION"] = reference ?? commit?.id
    guard let commit else { return variables }
    variables["CODEBUILD_RESOLVED_SOURCE_VERSION"] = commit.id
    variables["JOURNEYMAN_SOURCE_BRANCH"] = branch ?? ""
    variables["JOURNEYMAN_SOURCE_AUTHOR"] = "\(commit.authorName) <\(commit.authorEmail)>"
    variables["JOURNEYMAN_SOURCE_MESSAGE"] = commit.message
    return variables
  }
}
