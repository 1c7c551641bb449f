public import JourneymanSupport

/// A step of the git plugin.
public struct GitJob: Codable, Sendable {
  /// What to do.
  public var step: GitStep
  /// The directory's path, absolute.
  public var directory: String
  /// What the controller gave for servers.
  public var credentials: [GitCredential]
  /// What agent.conf says about certificates, proxies, known hosts.
  public var checkout: CheckoutSettings
  /// Who owns what is made, as user and group; `nil` is the agent's own user.
  public var owner: UInt32?
  /// Directories whose repositories may be read.
  public var localRepositories: [String]
  /// A directory for files that only this job needs, with keys among them.
  public var scratch: String

  /// Describes a step.
  public init(
    _ step: GitStep, directory: String, credentials: [GitCredential], checkout: CheckoutSettings, owner: UInt32?,
    localRepositories: [String], scratch: String
  ) {
    self.step = step
    self.directory = directory
    self.credentials = credentials
    self.checkout = checkout
    self.owner = owner
    self.localRepositories = localRepositories
    self.scratch = scratch
  }
}

/// A credential for one server. It is never logged: it prints without its secret.
public struct GitCredential: Codable, Sendable, CustomStringConvertible {
  /// The URL it is for; `nil` for every server.
  public var url: String?
  /// The user's name.
  public var user: String
  /// The password, or the key's passphrase.
  public var password: String
  /// A private key in PEM; `nil` for a login.
  public var key: String?

  /// Describes a credential.
  public init(url: String?, user: String, password: String, key: String?) {
    self.url = url
    self.user = user
    self.password = password
    self.key = key
  }

  /// Without the secret.
  public var description: String { "a credential of user '\(user)'" }
}

/// What the git plugin asks for.
public enum GitStep: Codable, Sendable {
  /// Is there a repository?
  case exists
  /// Make the directory a new repository and fetch.
  case clone(remote: String, GitFetch)
  /// Fetch into the repository.
  case fetch(GitFetch)
  /// Set a remote's URL.
  case setRemote(String, url: String)
  /// What is the URL of a remote?
  case remote(String)
  /// Which commit does a name mean?
  case resolve(String)
  /// Is there such a commit?
  case contains(String)
  /// Write the files of a revision, and set a branch; with the remote whose Git LFS server has the large files, those
  /// too.
  case checkOut(String, branch: String?, largeFiles: GitLargeFiles)
  /// Remove what does not belong to HEAD, and repositories that lie about if it is thorough.
  case clean(thorough: Bool)
  /// Are there submodules?
  case hasModules
  /// Check the submodules out, and theirs when it is recursive.
  case updateSubmodules(recursive: Bool)
  /// Merge a revision: how it may end, who merges, what the commit says, and whether the merged revision is right
  /// where both have changed a line.
  case merge(
    String, fastForward: String, name: String, email: String, message: String? = nil, prefersTheirs: Bool = false)
  /// References beneath a prefix.
  case references(String)
  /// The history of some revisions without that of others.
  case changelog([String], excludes: [String], limit: Int)
  /// A commit as it is stored.
  case commit(String)
  /// Which of these commits are no ancestors of others?
  case tips([String])
  /// Make an empty repository, if there is none.
  case create
  /// Send to a server: what, whether its references may lose commits, and whether all tags go along.
  case push(url: String, String?, force: Bool, tags: Bool)
  /// What has a server?
  case list(url: String)
  /// Make an annotated tag of HEAD.
  case tag(String, message: String, name: String, email: String)
  /// What does a tag say?
  case tagMessage(String)
  /// Set a reference to HEAD.
  case setReference(String, replaces: Bool)
  /// Remove a reference.
  case removeReference(String)
  /// Which branches have a commit?
  case branchesContaining(String, all: Bool)
  /// What is the best common ancestor?
  case mergeBase(String, String)
  /// What is a commit called by the nearest tag?
  case describe(String)
  /// The commits of a history; of all references when there is no revision.
  case history(String?)
  /// Commits as they are stored.
  case show(from: String?, to: String, listsFiles: Bool)
  /// What is in a tree?
  case tree(String, recursive: Bool)
}

/// What to do about files whose contents Git LFS keeps.
public enum GitLargeFiles: Codable, Sendable, Hashable {
  /// Leave their pointers, and say so.
  case leave
  /// Fetch them from this repository's server.
  case pull(url: String)
}

/// An entry of a tree, as `git ls-tree` tells it.
public struct GitTreeEntry: Codable, Sendable, Hashable {
  /// Six octal digits.
  public var mode: String
  /// `blob`, `tree` or `commit`.
  public var kind: String
  /// 40 hexadecimal digits.
  public var id: String
  /// The path as git prints it.
  public var path: String

  /// Describes an entry.
  public init(mode: String, kind: String, id: String, path: String) {
    self.mode = mode
    self.kind = kind
    self.id = id
    self.path = path
  }
}

/// What to fetch.
public struct GitFetch: Codable, Sendable, Hashable {
  /// The repository.
  public var url: String
  /// As in `git fetch`.
  public var specifications: [String]
  /// Whether all tags are fetched.
  public var tags: Bool
  /// Whether references that the server has no more are removed.
  public var prune: Bool

  /// Describes a fetch.
  public init(url: String, specifications: [String], tags: Bool = true, prune: Bool = false) {
    self.url = url
    self.specifications = specifications
    self.tags = tags
    self.prune = prune
  }
}

/// A commit as it is stored.
public struct GitCommit: Codable, Sendable, Hashable {
  /// 40 hexadecimal digits.
  public var id: String
  /// The id of its tree.
  public var tree: String
  /// The ids of its parents.
  public var parents: [String]
  /// When it was committed, in seconds since 1970.
  public var time: Int64
  /// The whole object.
  public var content: [UInt8]

  /// Describes a commit.
  public init(id: String, tree: String, parents: [String], time: Int64, content: [UInt8]) {
    self.id = id
    self.tree = tree
    self.parents = parents
    self.time = time
    self.content = content
  }
}
