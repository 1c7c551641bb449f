internal import CGit2
import Foundation
internal import JourneymanSupport

/// The files that commits change.
extension WorkingCopy {
  /// The lines of `git log --raw --no-abbrev -M`, against one of the parents; a first commit's are all its files. How
  /// alike a renamed file is, in percent, is libgit2's reckoning, which git's may differ from by a little.
  func changedFiles(
    _ commit: borrowing Commit, parent index: UInt32, in repository: borrowing Repository
  ) throws -> String {
    let new = try gitMake("read the files of a commit") { git_commit_tree($0, commit.pointer) }
    defer { git_tree_free(new) }
    var old: OpaquePointer?
    var parent: OpaquePointer?
    if git_commit_parentcount(commit.pointer) > index {
      try git("read a commit's parent") { git_commit_parent(&parent, commit.pointer, index) }
      try git("read the files of a commit") { git_commit_tree(&old, parent) }
    }
    defer {
      git_tree_free(old)
      git_commit_free(parent)
    }
    var comparison = git_diff_options()
    git_diff_options_init(&comparison, UInt32(GIT_DIFF_OPTIONS_VERSION))
    comparison.flags = GIT_DIFF_INCLUDE_TYPECHANGE.rawValue
    let diff = try gitMake("compare a commit with its parent") {
      git_diff_tree_to_tree($0, repository.pointer, old, new, &comparison)
    }
    defer { git_diff_free(diff) }
    var options = git_diff_find_options()
    git_diff_find_options_init(&options, UInt32(GIT_DIFF_FIND_OPTIONS_VERSION))
    options.flags = GIT_DIFF_FIND_RENAMES.rawValue
    // As git has it.
    options.rename_limit = 1000
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
  static func quoted(_ path: [UInt8]) -> String {
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
