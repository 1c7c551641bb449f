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

  /// The history as the git plugin reads it: commits without merges, newest first, each with the files it changed.
  ///
  /// - Parameters:
  ///   - excludes: revisions whose history is left out.
  ///   - limit: how many commits there may be.
  package func changelog(_ includes: [String], excludes: [String], limit: Int) throws -> String {
    let repository = try open()
    let walk = try gitMake("walk the history") { git_revwalk_new($0, repository.pointer) }
    defer { git_revwalk_free(walk) }
    try git("sort the history") { git_revwalk_sorting(walk, GIT_SORT_TIME.rawValue) }
    for name in includes.isEmpty ? ["HEAD"] : includes {
      var raw = try Self.commit(name, in: repository).raw
      try git("walk from \(name)") { git_revwalk_push(walk, &raw) }
    }
    for name in excludes {
      var raw = try Self.commit(name, in: repository).raw
      try git("leave out \(name)") { git_revwalk_hide(walk, &raw) }
    }
    var text = ""
    var count = 0
    var next = git_oid()
    while count < limit, git_revwalk_next(&next, walk) == 0 {
      try context.cancellation.check()
      let commit = try repository.commit(at: ObjectID(next))
      if git_commit_parentcount(commit.pointer) > 1 { continue }
      count += 1
      text += try entry(commit, in: repository)
    }
    return text
  }

  private func entry(_ commit: borrowing Commit, in repository: borrowing Repository) throws -> String {
    let parents = (0..<git_commit_parentcount(commit.pointer)).compactMap { index in
      git_commit_parent_id(commit.pointer, index).map { ObjectID($0.pointee).description }
    }
    let message = git_commit_message(commit.pointer).map { String(cString: $0) } ?? ""
    var lines = message.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 + "\n" }
    if message.hasSuffix("\n") { lines.removeLast() }
    let files = try changedFiles(commit, in: repository)
    return """
      commit \(commit.id?.description ?? "")
      tree \(commit.tree?.description ?? "")
      parent \(parents.joined(separator: " "))
      author \(Self.person(git_commit_author(commit.pointer)))
      committer \(Self.person(git_commit_committer(commit.pointer)))


      """ + lines.joined() + "\n" + (files.isEmpty ? "" : "\n" + files + "\n")
  }

  /// `Name <mail> 2026-11-20 23:32:19 +0000`
  private static func person(_ signature: UnsafePointer<git_signature>?) -> String {
    guard let signature = signature?.pointee else { return "" }
    let name = signature.name.map { String(cString: $0) } ?? ""
    let email = signature.email.map { String(cString: $0) } ?? ""
    var seconds = time_t(signature.when.time) + time_t(signature.when.offset) * 60
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var buffer = [CChar](repeating: 0, count: 64)
    strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M:%S", &parts)
    let minutes = abs(signature.when.offset)
    let zone = String(minutes / 60 * 100 + minutes % 60)
    let time = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let sign = signature.when.offset < 0 ? "-" : "+"
    return "\(name) <\(email)> \(time) \(sign)\(String(repeating: "0", count: 4 - zone.count))\(zone)"
  }

  /// The lines of `git log --raw --no-abbrev -M`.
  private func changedFiles(_ commit: borrowing Commit, in repository: borrowing Repository) throws -> String {
    let new = try gitMake("read the files of a commit") { git_commit_tree($0, commit.pointer) }
    defer { git_tree_free(new) }
    var old: OpaquePointer?
    var parent: OpaquePointer?
    if git_commit_parentcount(commit.pointer) == 1 {
      try git("read a commit's parent") { git_commit_parent(&parent, commit.pointer, 0) }
      try git("read the files of a commit") { git_commit_tree(&old, parent) }
    }
    defer {
      git_tree_free(old)
      git_commit_free(parent)
    }
    let diff = try gitMake("compare a commit with its parent") {
      git_diff_tree_to_tree($0, repository.pointer, old, new, nil)
    }
    defer { git_diff_free(diff) }
    var options = git_diff_find_options()
    git_diff_find_options_init(&options, UInt32(GIT_DIFF_FIND_OPTIONS_VERSION))
    options.flags = GIT_DIFF_FIND_RENAMES.rawValue
    try git("find renamed files") { git_diff_find_similar(diff, &options) }
    return (0..<git_diff_num_deltas(diff)).compactMap { index in
      git_diff_get_delta(diff, index).map { Self.line($0.pointee) }
    }.joined()
  }

  private static func line(_ delta: git_diff_delta) -> String {
    let status = UInt8(bitPattern: git_diff_status_char(delta.status))
    let modes = [delta.old_file.mode, delta.new_file.mode].map { mode in
      String(repeating: "0", count: max(0, 6 - String(mode, radix: 8).count)) + String(mode, radix: 8)
    }
    let ids = "\(ObjectID(delta.old_file.id)) \(ObjectID(delta.new_file.id))"
    let similarity = String(delta.similarity)
    let mark = String(Unicode.Scalar(status))
    let isMoved = mark == "R" || mark == "C"
    let score = isMoved ? String(repeating: "0", count: max(0, 3 - similarity.count)) + similarity : ""
    let names = isMoved ? [delta.old_file.path, delta.new_file.path] : [delta.new_file.path ?? delta.old_file.path]
    let shown = names.map { name in
      name.map { quoted(Array(UnsafeRawBufferPointer(start: $0, count: strlen($0)))) } ?? ""
    }
    return ":\(modes[0]) \(modes[1]) \(ids) \(mark)\(score)\t\(shown.joined(separator: "\t"))\n"
  }

  /// A path as git prints it: in quotes and with octal numbers where it is not plain ASCII.
  private static func quoted(_ path: [UInt8]) -> String {
    let isPlain = path.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    if isPlain { return String(decoding: path, as: UTF8.self) }
    var result = "\""
    for byte in path {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): result += "\\" + String(Unicode.Scalar(byte))
      case UInt8(ascii: "\t"): result += "\\t"
      case UInt8(ascii: "\n"): result += "\\n"
      case 0x20..<0x7F: result += String(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 8)
        result += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
      }
    }
    return result + "\""
  }
}
