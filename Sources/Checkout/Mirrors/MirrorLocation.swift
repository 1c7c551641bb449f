internal import CGit2
import Foundation
internal import JourneymanSupport

/// The place of one URL's mirror under `checkout.mirrors`:
///
///     NAME-0123456789abcdef/
///       lock          exclusive while the mirror is changed
///       use           shared while a checkout reads it; its time is that of the last use
///       leases/       the workspaces that borrow objects from it
///       3.git/        the mirror: the complete directory with the highest number
///       incoming.git/ one that is being made
struct MirrorLocation: Sendable {
  let directory: String

  init(of url: RepositoryURL, in mirrors: String) throws(CheckoutError) {
    let words = url.canonical.split(whereSeparator: { "/:".contains($0) })
    let name = (words.last ?? "repository").filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    directory = "\(mirrors)/\(name.prefix(60))-\(try Self.digest(url.canonical))"
  }

  init(directory: String) { self.directory = directory }

  var lock: String { directory + "/lock" }
  var use: String { directory + "/use" }
  var leases: String { directory + "/leases" }
  var incoming: String { directory + "/incoming.git" }

  func generation(_ number: Int) -> String { "\(directory)/\(number).git" }

  /// The numbers of the generations, lowest first.
  func generations() throws(SystemError) -> [Int] {
    let handle = try FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY)
    return try FileSystem.entryNames(of: handle.number, shown: directory).compactMap(\.text)
      .compactMap { $0.hasSuffix(".git") ? Int($0.dropLast(4)) : nil }.sorted()
  }

  /// 16 hexadecimal digits that stand for a text: the beginning of the SHA-1 of the blob it would be.
  static func digest(_ text: String) throws(CheckoutError) -> String {
    var id = git_oid()
    let bytes = Array(text.utf8)
    try git("name the mirror") { git_odb_hash(&id, bytes, bytes.count, GIT_OBJECT_BLOB) }
    return String(ObjectID(id).description.prefix(16))
  }
}
