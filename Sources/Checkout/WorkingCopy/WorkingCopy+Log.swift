internal import CGit2
import Foundation
internal import JourneymanSupport

extension WorkingCopy {
  /// A commit as it is stored.
  package struct StoredCommit: Sendable {
    /// 40 hexadecimal digits.
    package let id: String
    /// The id of its tree.
    package let tree: String
    /// The ids of its parents.
    package let parents: [String]
    /// When it was committed, in seconds since 1970.
    package let time: Int64
    /// The whole object.
    package let content: [UInt8]
  }

  /// Reads a commit.
  package func stored(_ id: String) throws -> StoredCommit {
    let repository = try open()
    let id = try Self.commit(id, in: repository)
    let commit = try repository.commit(at: id)
    let parents = (0..<git_commit_parentcount(commit.pointer)).compactMap { index in
      git_commit_parent_id(commit.pointer, index).map { ObjectID($0.pointee).description }
    }
    var raw = id.raw
    var object: OpaquePointer?
    let objects = try repository.objectDatabase()
    try git("read \(id)") { git_odb_read(&object, objects.pointer, &raw) }
    defer { git_odb_object_free(object) }
    let content = UnsafeRawBufferPointer(start: git_odb_object_data(object), count: git_odb_object_size(object))
    return StoredCommit(
      id: id.description, tree: commit.tree?.description ?? "", parents: parents, time: git_commit_time(commit.pointer),
      content: Array(content))
  }

  /// Those of some commits that no other of them has among its ancestors.
  package func tips(of ids: [String]) throws -> [String] {
    let repository = try open()
    let commits = ids.compactMap { ObjectID(hexadecimal: $0) }
    return commits.filter { candidate in
      !commits.contains { other in
        var (descendant, ancestor) = (other.raw, candidate.raw)
        return other != candidate && git_graph_descendant_of(repository.pointer, &descendant, &ancestor) == 1
      }
    }.map(\.description)
  }

  /// The commits of a history in the order of `git rev-list`: the newest of those whose children have all been seen that
  /// lead to them.
  ///
  /// - Parameters:
  ///   - includes: none means everything that a reference leads to.
  ///   - excludes: revisions whose history is left out.
  ///   - body: is given each, until it returns `false`.
  private func walk(
    _ includes: [String], excludes: [String], in repository: borrowing Repository,
    _ body: (borrowing Commit) throws -> Bool
  ) throws {
    var starts: [ObjectID] = []
    for name in includes { starts.append(try Self.commit(name, in: repository)) }
    if includes.isEmpty {
      for name in try Self.referenceNames(in: repository, "refs/") {
        if let id = try? Self.commit(name, in: repository) { starts.append(id) }
      }
    }
    let wanted = try excludes.isEmpty ? nil : commits(from: starts, without: excludes, in: repository)
    // Ordered by time; of the same time the earlier found comes first.
    var queue: [(time: Int64, id: ObjectID)] = []
    var seen: Set<ObjectID> = []
    func add(_ id: ObjectID) throws {
      if let wanted, !wanted.contains(id) { return }
      guard seen.insert(id).inserted else { return }
      let time = git_commit_time(try repository.commit(at: id).pointer)
      let place = queue.firstIndex { $0.time >= time } ?? queue.endIndex
      queue.insert((time, id), at: place)
    }
    for start in starts { try add(start) }
    // The next one stands at the end.
    while let next = queue.popLast() {
      try context.cancellation.check()
      let commit = try repository.commit(at: next.id)
      if try !body(commit) { return }
      for parent in Self.parents(of: commit) {
        if let id = ObjectID(hexadecimal: parent) { try add(id) }
      }
    }
  }

  private func commits(
    from starts: [ObjectID], without excludes: [String], in repository: borrowing Repository
  ) throws -> Set<ObjectID> {
    let walk = try gitMake("walk the history") { git_revwalk_new($0, repository.pointer) }
    defer { git_revwalk_free(walk) }
    for start in starts {
      var raw = start.raw
      try git("walk from \(start)") { git_revwalk_push(walk, &raw) }
    }
    for name in excludes {
      var raw = try Self.commit(name, in: repository).raw
      try git("leave out \(name)") { git_revwalk_hide(walk, &raw) }
    }
    var found: Set<ObjectID> = []
    var next = git_oid()
    while git_revwalk_next(&next, walk) == 0 {
      try context.cancellation.check()
      found.insert(ObjectID(next))
    }
    return found
  }

  /// The ids of a history's commits, newest first.
  ///
  /// - Parameters:
  ///   - revision: where it ends; `nil` is every reference.
  ///   - limit: how many there may be.
  /// - Throws: ``CheckoutError`` `refused` when there are more.
  package func history(of revision: String?, limit: Int) throws -> [String] {
    var ids: [String] = []
    try walk([revision].compactMap(\.self), excludes: [], in: try open()) { commit in
      if ids.count == limit {
        throw CheckoutError(.refused, "the history has more than \(limit) commits, which are too many for one answer")
      }
      ids.append(commit.id?.description ?? "")
      return true
    }
    return ids
  }

  /// The history as the git plugin reads it: commits without merges, newest first, each with the files it changed.
  ///
  /// - Parameters:
  ///   - includes: none means HEAD.
  ///   - excludes: revisions whose history is left out.
  ///   - limit: how many commits there may be.
  package func changelog(_ includes: [String], excludes: [String], limit: Int) throws -> String {
    let repository = try open()
    let people = CommitText(of: repository)
    var texts: [String] = []
    try walk(includes.isEmpty ? ["HEAD"] : includes, excludes: excludes, in: repository) { commit in
      if git_commit_parentcount(commit.pointer) > 1 { return true }
      if texts.count == limit { return false }
      texts.append(try entry(commit, people, in: repository))
      return true
    }
    return texts.joined()
  }

  private func entry(
    _ commit: borrowing Commit, _ people: borrowing CommitText, in repository: borrowing Repository
  ) throws -> String {
    let message = CommitText.message(of: commit)
    var lines = message.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 + "\n" }
    if message.isEmpty || message.hasSuffix("\n") { lines.removeLast() }
    let files = try changedFiles(commit, parent: 0, in: repository)
    return """
      commit \(commit.id?.description ?? "")
      tree \(commit.tree?.description ?? "")
      parent \(Self.parents(of: commit).joined(separator: " "))
      author \(people.author(of: commit))
      committer \(people.committer(of: commit))


      """ + lines.joined() + "\n" + (files.isEmpty ? "" : "\n" + files)
  }

  private static func parents(of commit: borrowing Commit) -> [String] {
    (0..<git_commit_parentcount(commit.pointer)).compactMap { index in
      git_commit_parent_id(commit.pointer, index).map { ObjectID($0.pointee).description }
    }
  }

  // MARK: Raw commits

  /// Commits as they are stored, newest first, a merge once for each parent that it differs from:
  /// `git log --full-history --no-abbrev --format=raw -M -m`.
  ///
  /// - Parameters:
  ///   - from: a revision whose history is left out; `nil` is all but the one commit.
  ///   - listsFiles: whether the files that were changed are told (`--raw`).
  package func show(from: String?, to: String, listsFiles: Bool) throws -> String {
    let repository = try open()
    var texts: [String] = []
    try walk([to], excludes: [from].compactMap(\.self), in: repository) { commit in
      texts += try rawEntries(commit, listsFiles: listsFiles, in: repository)
      return from != nil
    }
    return texts.joined(separator: "\n")
  }

  private func rawEntries(
    _ commit: borrowing Commit, listsFiles: Bool, in repository: borrowing Repository
  ) throws -> [String] {
    let parents = Self.parents(of: commit)
    let id = commit.id?.description ?? ""
    let header = CommitText.header(of: commit)
    let kept = header.split(separator: "\n", omittingEmptySubsequences: true).filter { !$0.hasPrefix("encoding ") }
    let lines = CommitText.message(of: commit).split(separator: "\n", omittingEmptySubsequences: false)
      .drop { $0.allSatisfy(\.isWhitespace) }
      .map { line in "    " + String(line.reversed().drop { $0.isWhitespace }.reversed()) }
    let message = String(lines.joined(separator: "\n").reversed().drop { $0.isWhitespace }.reversed())
    let body = kept.joined(separator: "\n") + "\n" + (message.isEmpty ? "" : "\n" + message + "\n")
    if !listsFiles { return ["commit \(id)\n" + body] }
    if parents.count < 2 {
      let files = try changedFiles(commit, parent: 0, in: repository)
      return ["commit \(id)\n" + body + (files.isEmpty ? "" : "\n" + files)]
    }
    var entries: [String] = []
    for (index, parent) in parents.enumerated() {
      let files = try changedFiles(commit, parent: UInt32(index), in: repository)
      if !files.isEmpty { entries.append("commit \(id) (from \(parent))\n" + body + "\n" + files) }
    }
    return entries.isEmpty ? ["commit \(id)\n" + body] : entries
  }
}
