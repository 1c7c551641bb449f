internal import CGit2

/// An open repository. One thread at a time may use it.
struct Repository: ~Copyable {
  let pointer: OpaquePointer

  private init(taking pointer: OpaquePointer) { self.pointer = pointer }

  deinit { git_repository_free(pointer) }

  /// Opens exactly this directory: parents are never searched, and the environment is not asked.
  init(opening path: String) throws(CheckoutError) {
    pointer = try gitMake("open the repository \(path)") {
      git_repository_open_ext($0, path, GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue, nil)
    }
  }

  /// Makes a repository without a work tree.
  static func create(bare path: String) throws(CheckoutError) -> Repository {
    Repository(taking: try gitMake("make the repository \(path)") { git_repository_init($0, path, 1) })
  }

  /// The directory that holds `objects`; of a linked work tree that of its main repository.
  var commonDirectory: String { git_repository_commondir(pointer).map { String(cString: $0) } ?? "" }

  var isEmpty: Bool { git_repository_is_empty(pointer) == 1 }

  /// The branch HEAD points at, whether it exists or not.
  var headBranch: String? {
    var reference: OpaquePointer?
    guard git_reference_lookup(&reference, pointer, "HEAD") == 0, let reference else { return nil }
    defer { git_reference_free(reference) }
    return git_reference_symbolic_target(reference).map { String(cString: $0) }
  }

  func objectDatabase() throws(CheckoutError) -> ObjectDatabase {
    ObjectDatabase(taking: try gitMake("open the object database") { git_repository_odb($0, pointer) })
  }

  func configuration() throws(CheckoutError) -> GitConfiguration {
    GitConfiguration(
      taking: try gitMake("open the repository's configuration") {
        git_repository_config($0, pointer)
      })
  }

  /// The commit that an object is or, for an annotated tag, leads to.
  func commit(at id: ObjectID) throws(CheckoutError) -> Commit {
    var raw = id.raw
    let object = GitObject(
      taking: try gitMake("read the object \(id)") { git_object_lookup($0, pointer, &raw, GIT_OBJECT_ANY) })
    return Commit(
      taking: try gitMake("find the commit of \(id)") { git_object_peel($0, object.pointer, GIT_OBJECT_COMMIT) })
  }

  /// Points HEAD at a branch, which need not exist, or at a commit.
  func setHead(branch: String) throws(CheckoutError) {
    try git("set HEAD") { git_repository_set_head(pointer, branch) }
  }

  func setHead(detachedAt id: ObjectID) throws(CheckoutError) {
    var raw = id.raw
    try git("set HEAD") { git_repository_set_head_detached(pointer, &raw) }
  }

  func createReference(_ name: String, at id: ObjectID) throws(CheckoutError) {
    var raw = id.raw
    let reference = try gitMake("make the reference \(name)") {
      git_reference_create($0, pointer, name, &raw, 1, nil)
    }
    git_reference_free(reference)
  }

  func createSymbolicReference(_ name: String, to target: String) throws(CheckoutError) {
    let reference = try gitMake("make the reference \(name)") {
      git_reference_symbolic_create($0, pointer, name, target, 1, nil)
    }
    git_reference_free(reference)
  }
}

/// Any object: a commit, tree, blob or tag.
struct GitObject: ~Copyable {
  let pointer: OpaquePointer
  init(taking pointer: OpaquePointer) { self.pointer = pointer }
  deinit { git_object_free(pointer) }
}

/// A repository's configuration file.
struct GitConfiguration: ~Copyable {
  let pointer: OpaquePointer
  init(taking pointer: OpaquePointer) { self.pointer = pointer }
  deinit { git_config_free(pointer) }

  func set(_ name: String, _ value: String) throws(CheckoutError) {
    try git("set \(name)") { git_config_set_string(pointer, name, value) }
  }
}
