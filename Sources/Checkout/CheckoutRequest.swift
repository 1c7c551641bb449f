/// What to check out.
public struct CheckoutRequest: Sendable {
  /// What to do with a directory that is there already and not empty.
  public enum ExistingDirectory: Sendable, Hashable {
    /// Refuse it, as `git clone` does. A half-written checkout of an earlier run is not refused but replaced.
    case refuse
    /// Make it exactly the revision: what belongs to it and is unchanged stays, everything else is removed, ignored
    /// files, nested repositories and `.git` included.
    case reuse
  }

  /// Who shall own what is written.
  public struct Owner: Sendable, Hashable {
    /// The user id, as the host sees it.
    public var user: UInt32
    /// The group id, as the host sees it.
    public var group: UInt32

    /// Names an owner.
    public init(user: UInt32, group: UInt32) {
      self.user = user
      self.group = group
    }
  }

  /// The repository: a path, or a `file`, `http`, `https`, `ssh` or scp-like URL.
  public var url: String
  /// A branch, a tag, a full name under `refs/`, or a full or abbreviated commit id; `nil` is the default branch.
  public var reference: String?
  /// What to do with a directory that is there already.
  public var existing: ExistingDirectory
  /// Who shall own the workspace's files; `nil` is the calling user. Needs the right to give files away.
  public var owner: Owner?

  /// Describes a checkout.
  public init(
    url: String, reference: String? = nil, existing: ExistingDirectory = .refuse, owner: Owner? = nil
  ) {
    self.url = url
    self.reference = reference
    self.existing = existing
    self.owner = owner
  }
}
