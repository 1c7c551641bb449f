internal import CGit2
import Foundation

/// The text of commits as `git log` prints it: in UTF-8, and people by the names that the repository's `.mailmap` gives
/// them.
struct CommitText: ~Copyable {
  private let map: OpaquePointer?

  init(of repository: borrowing Repository) {
    var map: OpaquePointer?
    self.map = git_mailmap_from_repository(&map, repository.pointer) == 0 ? map : nil
  }

  deinit { git_mailmap_free(map) }

  /// The message, without what is no text.
  static func message(of commit: borrowing Commit) -> String {
    utf8(git_commit_message(commit.pointer), git_commit_message_encoding(commit.pointer))
  }

  /// The lines before the message.
  static func header(of commit: borrowing Commit) -> String {
    utf8(git_commit_raw_header(commit.pointer), git_commit_message_encoding(commit.pointer))
  }

  /// `Name <mail> 2026-11-20 23:32:19 +0000`
  func author(of commit: borrowing Commit) -> String {
    person(git_commit_author(commit.pointer), git_commit_message_encoding(commit.pointer))
  }

  /// The same of who committed.
  func committer(of commit: borrowing Commit) -> String {
    person(git_commit_committer(commit.pointer), git_commit_message_encoding(commit.pointer))
  }

  private func person(_ stored: UnsafePointer<git_signature>?, _ encoding: UnsafePointer<CChar>?) -> String {
    guard let stored else { return "" }
    var known: UnsafeMutablePointer<git_signature>?
    defer { git_signature_free(known) }
    if let map { git_mailmap_resolve_signature(&known, map, stored) }
    let signature = known?.pointee ?? stored.pointee
    let name = Self.utf8(signature.name, encoding)
    let email = Self.utf8(signature.email, encoding)
    var seconds = time_t(signature.when.time) + time_t(signature.when.offset) * 60
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var buffer = [CChar](repeating: 0, count: 64)
    strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M:%S", &parts)
    let minutes = abs(signature.when.offset)
    let zone = String(minutes / 60 * 100 + minutes % 60)
    let time = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let sign = signature.when.offset < 0 ? "-" : "+"
    return "\(name) <\(email)> \(time) \(sign)\(String(repeating: "0", count: max(0, 4 - zone.count)))\(zone)"
  }

  /// Text of a commit that names its encoding; what cannot be converted is repaired.
  private static func utf8(_ text: UnsafePointer<CChar>?, _ encoding: UnsafePointer<CChar>?) -> String {
    guard let text else { return "" }
    guard let encoding, let converter = iconv_open("UTF-8", encoding), converter != iconv_t(bitPattern: -1) else {
      return String(cString: text)
    }
    defer { iconv_close(converter) }
    var source = Array(UnsafeBufferPointer(start: text, count: strlen(text)))
    // No character takes more than four bytes, and none less than one.
    var target = [CChar](repeating: 0, count: source.count * 4)
    var left = source.count
    var room = target.count
    let status = source.withUnsafeMutableBufferPointer { source in
      target.withUnsafeMutableBufferPointer { target in
        var input = source.baseAddress
        var output = target.baseAddress
        return iconv(converter, &input, &left, &output, &room)
      }
    }
    if status == -1 || left > 0 { return String(cString: text) }
    return String(decoding: target.dropLast(room).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
