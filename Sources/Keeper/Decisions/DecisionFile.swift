import Foundation
import JourneymanBuildModel
import JourneymanSupport

/// A file in which a server or a person leaves a decision: `approve` or `refuse`, then a comment.
struct DecisionFile {
  let path: String

  private static let longest = 4096

  /// The decision, once there is one.
  ///
  /// Only what this process's user or root wrote counts.
  func decision() -> BuildDecision? {
    guard let file = try? FileSystem.open(path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else { return nil }
    var status = stat()
    guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_uid == geteuid() || status.st_uid == 0,
      let bytes = try? FileSystem.readAll(file.number, limit: Self.longest, name: path)
    else { return nil }
    return Self.parse(String(decoding: bytes, as: UTF8.self))
  }

  /// Reads what such a file says; `nil` while it says nothing that counts, such as half a word.
  static func parse(_ text: String) -> BuildDecision? {
    let words = text.split(maxSplits: 1, whereSeparator: \.isWhitespace)
    guard let verdict = words.first else { return nil }
    let comment = words.count > 1 ? words[1].trimmed : ""
    let isApproved: Bool
    switch verdict.lowercased() {
    case "approve", "approved": isApproved = true
    case "refuse", "refused": isApproved = false
    default: return nil
    }
    return BuildDecision(isApproved: isApproved, by: "the decision file", comment: comment.isEmpty ? nil : comment)
  }
}
