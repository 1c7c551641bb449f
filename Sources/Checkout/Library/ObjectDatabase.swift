internal import CGit2

/// The objects of a repository and of its alternates.
struct ObjectDatabase: ~Copyable {
  let pointer: OpaquePointer
  init(taking pointer: OpaquePointer) { self.pointer = pointer }
  deinit { git_odb_free(pointer) }

  func contains(_ id: ObjectID) -> Bool {
    var raw = id.raw
    return git_odb_exists(pointer, &raw) == 1
  }

  /// Reads an object whole; its hash is verified on the way.
  ///
  /// - Throws: ``CheckoutError`` `corrupt` when it is missing, damaged or of another kind.
  func read(_ id: ObjectID, as type: git_object_t) throws(CheckoutError) -> ObjectContent {
    var raw = id.raw
    var object: OpaquePointer?
    let status = git_odb_read(&object, pointer, &raw)
    guard status == 0, let object else {
      let failure = GitFailure(status: status)
      // An object that the mirror lacks or cannot give is damage, whatever part of libgit2 noticed it.
      let code = failure.code == .storage ? failure.code : .corrupt
      throw CheckoutError(code, "cannot read the object \(id): \(failure.message)", underlying: failure)
    }
    let content = ObjectContent(taking: object)
    if git_odb_object_type(object) != type {
      throw CheckoutError(.corrupt, "the object \(id) is not of the kind its tree says")
    }
    return content
  }
}

/// The bytes of one object.
struct ObjectContent: ~Copyable {
  private let pointer: OpaquePointer
  init(taking pointer: OpaquePointer) { self.pointer = pointer }
  deinit { git_odb_object_free(pointer) }

  var count: Int { git_odb_object_size(pointer) }

  /// Gives the bytes to `body`; they are valid only inside it.
  borrowing func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try body(UnsafeRawBufferPointer(start: git_odb_object_data(pointer), count: count))
  }
}
