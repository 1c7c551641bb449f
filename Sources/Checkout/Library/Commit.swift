internal import CGit2

/// A commit that was read.
struct Commit: ~Copyable {
  let pointer: OpaquePointer
  init(taking pointer: OpaquePointer) { self.pointer = pointer }
  deinit { git_commit_free(pointer) }

  var id: ObjectID? { git_commit_id(pointer).map { ObjectID($0.pointee) } }

  var tree: ObjectID? { git_commit_tree_id(pointer).map { ObjectID($0.pointee) } }

  /// Everything a build is told about it; text that is not UTF-8 is repaired.
  var description: CheckedOutRevision.Commit {
    let author = git_commit_author(pointer)?.pointee
    return CheckedOutRevision.Commit(
      id: id.map(\.description) ?? "", tree: tree.map(\.description) ?? "",
      authorName: author?.name.map { String(cString: $0) } ?? "",
      authorEmail: author?.email.map { String(cString: $0) } ?? "", authoredAt: author?.when.time ?? 0,
      committedAt: git_commit_time(pointer), message: git_commit_message(pointer).map { String(cString: $0) } ?? "")
  }
}
