internal import CGit2
import Foundation
internal import JourneymanSupport

/// Tags, branches and other names of the repository.
extension WorkingCopy {
  /// Makes an annotated tag of HEAD, or moves it there, as `git tag -a -f`.
  ///
  /// - Parameter tagger: name and mail address.
  package func tag(_ name: String, message: String, tagger: (name: String, email: String)) throws {
    guard !name.hasPrefix("-"), ReferenceName.isStorable("refs/tags/" + name) else {
      throw CheckoutError(.refused, "'\(name)' is not a valid tag name.")
    }
    let repository = try open()
    var raw = try Self.commit("HEAD", in: repository).raw
    let target = GitObject(
      taking: try gitMake("read HEAD") { git_object_lookup($0, repository.pointer, &raw, GIT_OBJECT_COMMIT) })
    var signature: UnsafeMutablePointer<git_signature>?
    try git("sign a tag") { git_signature_now(&signature, tagger.name, tagger.email) }
    defer { git_signature_free(signature) }
    var text = git_buf()
    defer { git_buf_dispose(&text) }
    try git("read a tag's message") { git_message_prettify(&text, message, 1, CChar(UInt8(ascii: "#"))) }
    var id = git_oid()
    try git("make the tag \(name)") {
      git_tag_create(&id, repository.pointer, name, target.pointer, signature, text.ptr, 1)
    }
  }

  /// What a tag says; of a tag that is none of its own, what its commit says.
  package func tagMessage(_ name: String) throws -> String {
    let repository = try open()
    var id = try target(ofTag: name, in: repository)
    var tag: OpaquePointer?
    let text: String
    if git_tag_lookup(&tag, repository.pointer, &id) == 0 {
      text = git_tag_message(tag).map { String(cString: $0) } ?? ""
      git_tag_free(tag)
    } else {
      let commit = try repository.commit(at: ObjectID(id))
      text = git_commit_message(commit.pointer).map { String(cString: $0) } ?? ""
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func target(ofTag name: String, in repository: borrowing Repository) throws(CheckoutError) -> git_oid {
    var id = git_oid()
    try git("find the tag \(name)") { git_reference_name_to_id(&id, repository.pointer, "refs/tags/" + name) }
    return id
  }

  /// Sets a reference to HEAD.
  ///
  /// - Parameter replaces: whether it may exist already.
  package func createReference(_ name: String, replaces: Bool) throws {
    guard ReferenceName.isStorable(name) else {
      throw CheckoutError(.refused, "'\(name)' is not a valid name for a reference")
    }
    let repository = try open()
    var id = git_oid()
    if !replaces, git_reference_name_to_id(&id, repository.pointer, name) == 0 {
      throw CheckoutError(.refused, "a branch named '\(PathName.last(of: name))' already exists")
    }
    try repository.createReference(name, at: try Self.commit("HEAD", in: repository))
  }

  /// Removes a reference.
  ///
  /// - Throws: ``CheckoutError`` `referenceNotFound`, or `refused` for the branch that is checked out.
  package func removeReference(_ name: String) throws {
    let repository = try open()
    var id = git_oid()
    guard ReferenceName.isStorable(name), git_reference_name_to_id(&id, repository.pointer, name) == 0 else {
      throw CheckoutError(.referenceNotFound, "'\(name)' not found.")
    }
    if repository.headBranch == name {
      throw CheckoutError(.refused, "Cannot delete branch '\(name)' checked out at '\(path)'")
    }
    try git("remove \(name)") { git_reference_remove(repository.pointer, name) }
  }

  /// The branches that have a commit in their history, by their full names.
  ///
  /// - Parameter all: whether those of remotes count too.
  package func branches(containing revision: String, all: Bool) throws -> [(name: String, commit: String)] {
    let repository = try open()
    let wanted = try Self.commit(revision, in: repository)
    return try (["refs/heads/"] + (all ? ["refs/remotes/"] : [])).flatMap { try references($0) }.filter { reference in
      guard let id = ObjectID(hexadecimal: reference.commit) else { return false }
      var (descendant, ancestor) = (id.raw, wanted.raw)
      return id == wanted || git_graph_descendant_of(repository.pointer, &descendant, &ancestor) == 1
    }
  }

  /// The best common ancestor of two commits; `nil` when they have none.
  package func mergeBase(_ first: String, _ second: String) throws -> String? {
    let repository = try open()
    var (left, right) = (try Self.commit(first, in: repository).raw, try Self.commit(second, in: repository).raw)
    var base = git_oid()
    let status = git_merge_base(&base, repository.pointer, &left, &right)
    if status == GIT_ENOTFOUND.rawValue { return nil }
    try git("find a common ancestor") { status }
    return ObjectID(base).description
  }

  /// A commit's name by the nearest tag, as `git describe --tags`.
  package func describe(_ revision: String) throws -> String {
    let repository = try open()
    var raw = try Self.commit(revision, in: repository).raw
    let commit = GitObject(
      taking: try gitMake("read \(revision)") { git_object_lookup($0, repository.pointer, &raw, GIT_OBJECT_COMMIT) })
    var options = git_describe_options()
    git_describe_options_init(&options, UInt32(GIT_DESCRIBE_OPTIONS_VERSION))
    options.describe_strategy = UInt32(GIT_DESCRIBE_TAGS.rawValue)
    let result = try gitMake("describe \(revision)") { git_describe_commit($0, commit.pointer, &options) }
    defer { git_describe_result_free(result) }
    var text = git_buf()
    defer { git_buf_dispose(&text) }
    try git("describe \(revision)") { git_describe_format(&text, result, nil) }
    return text.ptr.map { String(cString: $0) } ?? ""
  }

  /// What a server has, as `git ls-remote`.
  ///
  /// - Returns: references with their objects, tags of their own followed by `NAME^{}` with what they lead to; and what
  ///   HEAD points at.
  package func list(_ address: String) throws -> (references: [(name: String, id: String)], head: String?) {
    let url = try LocalRepository.located(RepositoryURL(address))
    let fetch = FetchContext(
      url: url, cancellation: context.cancellation, progress: context.progress, access: context.access)
    // Nobody has to have a repository to ask a server.
    let place = AbsolutePath.of(NSTemporaryDirectory()) + "/journeyman-list-\(UUID().uuidString)"
    defer { try? FileSystem.removeTree(place) }
    let remote = try Remote.connect(fetch, for: try Repository.create(bare: place))
    let advertisement = try remote.advertisement()
    var references = advertisement.head.map { [(name: "HEAD", id: $0.description)] } ?? []
    for reference in advertisement.references {
      references.append((reference.name, reference.target.description))
      if let peeled = reference.peeled { references.append((reference.name + "^{}", peeled.description)) }
    }
    return (references, advertisement.headBranch)
  }

  /// An entry of a tree.
  package struct TreeEntry: Sendable {
    /// Six octal digits.
    package let mode: String
    /// `blob`, `tree` or `commit`.
    package let kind: String
    /// The object's id.
    package let id: String
    /// The path within the tree, as git prints it.
    package let path: String
  }

  /// The entries of a tree, as `git ls-tree`.
  ///
  /// - Parameter recursive: whether directories are replaced by what is in them.
  package func entries(of revision: String, recursive: Bool) throws -> [TreeEntry] {
    let repository = try open()
    let commit = try repository.commit(at: try Self.commit(revision, in: repository))
    guard let root = commit.tree else { return [] }
    return try entries(of: root, prefix: [], recursive: recursive, in: repository)
  }

  private func entries(
    of id: ObjectID, prefix: [UInt8], recursive: Bool, in repository: borrowing Repository, depth: Int = 0
  ) throws -> [TreeEntry] {
    try context.cancellation.check()
    if depth > 512 { throw CheckoutError(.refused, "the directories of the revision are nested too deep") }
    var raw = id.raw
    let tree = GitObject(taking: try gitMake("read the tree \(id)") { git_tree_lookup($0, repository.pointer, &raw) })
    var entries: [TreeEntry] = []
    for position in 0..<git_tree_entrycount(tree.pointer) {
      guard let entry = git_tree_entry_byindex(tree.pointer, position), let name = git_tree_entry_name(entry),
        let object = git_tree_entry_id(entry)
      else { continue }
      let path = prefix + Array(UnsafeRawBufferPointer(start: name, count: strlen(name)))
      let type = git_tree_entry_type(entry)
      if recursive, type == GIT_OBJECT_TREE {
        entries += try self.entries(
          of: ObjectID(object.pointee), prefix: path + [UInt8(ascii: "/")], recursive: true, in: repository,
          depth: depth + 1)
        continue
      }
      let mode = String(git_tree_entry_filemode(entry).rawValue, radix: 8)
      entries.append(
        TreeEntry(
          mode: String(repeating: "0", count: max(0, 6 - mode.count)) + mode,
          kind: git_object_type2string(type).map { String(cString: $0) } ?? "",
          id: ObjectID(object.pointee).description,
          path: Self.quoted(path)))
    }
    return entries
  }
}
