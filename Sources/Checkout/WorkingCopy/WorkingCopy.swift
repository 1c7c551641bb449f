internal import CGit2
import Foundation
internal import JourneymanSupport

/// A directory with a repository that somebody else asks for step by step, as by git's own commands: fetch, name a
/// commit, check it out, clean. Untracked files stay unless cleaning removes them.
///
/// What a build wrote into the repository's configuration is not obeyed: libgit2 gets an empty one. Where a build may
/// replace directories meanwhile, the caller confines the process (see `Confinement`). All work blocks.
package struct WorkingCopy {
  /// The directory, absolute.
  package let path: String
  let context: CheckoutContext
  /// Takes lines for the build's log.
  let warn: @Sendable (String) -> Void

  /// Describes a directory, which may be empty.
  ///
  /// - Parameters:
  ///   - options: mirrors are not used: the repository has all its objects.
  ///   - warn: takes lines for the build's log.
  /// - Throws: ``CheckoutError`` when libgit2 cannot be started.
  package init(
    _ path: String, options: CheckoutOptions, credentials: CheckoutCredentials,
    warn: @escaping @Sendable (String) -> Void
  ) throws {
    try Libgit2.start()
    // The directory belongs to the user of builds, not to this process's; what is in it is not trusted anyway.
    try git("turn owner validation off") { journeyman_git_set_owner_validation(0) }
    self.path = AbsolutePath.of(path)
    self.warn = warn
    var options = options
    options.mirrors = nil
    let progress = ProgressReporter { event in
      if case .warning(let text) = event { warn(text) }
    }
    context = CheckoutContext(
      access: RemoteAccess(options: options, credentials: credentials), cancellation: try Cancellation(),
      progress: progress)
  }

  var gitDirectory: String { path + "/.git" }

  /// Stops what is under way, from any thread.
  package var cancel: @Sendable () -> Void {
    let cancellation = context.cancellation
    return { cancellation.cancel() }
  }

  /// Whether there is a repository of its own: a `.git` that is a directory.
  package var exists: Bool {
    var status = stat()
    return lstat(gitDirectory, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && (try? open()) != nil
  }

  /// Opens the repository, deaf to its configuration.
  func open() throws(CheckoutError) -> Repository {
    var status = stat()
    guard lstat(gitDirectory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw CheckoutError(.repositoryNotFound, "\(path) holds no git repository")
    }
    let repository = try Repository(opening: gitDirectory)
    let empty = GitConfiguration(taking: try gitMake("make a configuration") { git_config_new($0) })
    try git("isolate the repository") { git_repository_set_config(repository.pointer, empty.pointer) }
    try git("use \(path)") { git_repository_set_workdir(repository.pointer, path, 0) }
    return repository
  }

  /// Empties the directory and makes a repository in it.
  package func create() throws {
    try Worktree(directory: path, owner: nil, context: context).clear(keepingGit: false)
    try initialize()
  }

  /// Makes a repository of the directory as it is.
  package func initialize() throws {
    _ = try Repository.create(bare: gitDirectory)
    try configure("core.bare", "false")
    try configure("core.logallrefupdates", "true")
  }

  /// Sets a value in the repository's own configuration, for whoever uses git in the directory.
  package func configure(_ name: String, _ value: String) throws {
    let configuration = GitConfiguration(
      taking: try gitMake("open the repository's configuration") {
        git_config_open_ondisk($0, gitDirectory + "/config")
      })
    try configuration.set(name, value)
  }

  /// The address of a remote, as its configuration says; `nil` when there is none.
  package func remoteAddress(_ name: String) -> String? {
    var pointer: OpaquePointer?
    guard git_config_open_ondisk(&pointer, gitDirectory + "/config") == 0, let pointer else { return nil }
    let configuration = GitConfiguration(taking: pointer)
    var buffer = git_buf()
    defer { git_buf_dispose(&buffer) }
    guard git_config_get_string_buf(&buffer, configuration.pointer, "remote.\(name).url") == 0 else { return nil }
    return buffer.ptr.map { String(cString: $0) }
  }

  // MARK: Names

  /// The commit that a name means, as `git rev-parse NAME^{commit}`.
  ///
  /// - Returns: 40 hexadecimal digits.
  package func commit(_ name: String) throws -> String {
    let repository = try open()
    return try Self.commit(name, in: repository).description
  }

  static func commit(_ name: String, in repository: borrowing Repository) throws(CheckoutError) -> ObjectID {
    var pointer: OpaquePointer?
    guard git_revparse_single(&pointer, repository.pointer, name + "^{commit}") == 0, let pointer else {
      throw CheckoutError(
        .referenceNotFound,
        "ambiguous argument '\(name)^{commit}': unknown revision or path not in the working tree.")
    }
    let object = GitObject(taking: pointer)
    guard let id = git_object_id(object.pointer) else { throw CheckoutError(.git, "an object has no id") }
    return ObjectID(id.pointee)
  }

  /// Whether the repository has a commit.
  package func contains(_ id: String) throws -> Bool {
    let repository = try open()
    guard let id = ObjectID(hexadecimal: id) else { return false }
    return (try? repository.commit(at: id)) != nil
  }

  /// The references beneath a prefix such as `refs/tags/`, with the commits they lead to.
  package func references(_ prefix: String) throws -> [(name: String, commit: String)] {
    let repository = try open()
    return try Self.referenceNames(in: repository, prefix).compactMap { name in
      (try? Self.commit(name, in: repository)).map { (name, $0.description) }
    }
  }

  static func referenceNames(in repository: borrowing Repository, _ prefix: String) throws(CheckoutError) -> [String] {
    var list = git_strarray()
    try git("list the references") { git_reference_list(&list, repository.pointer) }
    defer { git_strarray_dispose(&list) }
    return UnsafeBufferPointer(start: list.strings, count: list.count).compactMap { $0.map { String(cString: $0) } }
      .filter { $0.hasPrefix(prefix) }.sorted()
  }
}
