internal import CGit2
import Foundation
internal import JourneymanSupport

/// What a checkout left in a workspace, kept where no build can write, so that the next one can tell which files are
/// still as they were.
///
/// A file counts as unchanged when its id in the tree, its attributes and everything `stat` says are the same. The
/// kernel sets the time of change of whatever is written, and builds cannot set it; the record is sealed only when the
/// clock has moved past the newest file, so that a later write always shows.
struct WorkspaceRecord {
  private struct Header: Codable {
    let workspace: String
    let device: UInt64
    let inode: UInt64
    let conversions: String
  }

  private let header: String
  let index: String
  private let workspace: String
  /// Microseconds; the coarsest tick of Linux is ten milliseconds.
  private static let clockStep: Int64 = 12_000
  private static let largestHeader = 65_536

  init(of workspace: String, in mirrors: String) throws {
    let stem = "\(mirrors)/workspaces/\(try MirrorLocation.digest(workspace))"
    (header, index, self.workspace) = (stem + ".json", stem + ".index", workspace)
  }

  /// The index of the last checkout, if the directory is still the same and files are converted by the same rules.
  func trusted(conversions: String) -> GitIndex? {
    guard let bytes = try? FileSystem.read(header, limit: Self.largestHeader),
      let known = try? JSONDecoder().decode(Header.self, from: Data(bytes)),
      let current = try? currentHeader(conversions: conversions), known.workspace == current.workspace,
      known.device == current.device, known.inode == current.inode, known.conversions == current.conversions
    else { return nil }
    return try? GitIndex(opening: index)
  }

  /// Forgets the checkout: what is in the workspace from now on is not what was recorded.
  func invalidate() throws {
    unlink(header)
    unlink(index)
  }

  /// Records a checkout whose files are all written.
  ///
  /// - Parameter newest: the latest time of change of a file.
  func seal(conversions: String, newest: FileStatus.Moment?, cancellation: Cancellation) throws {
    while let newest {
      let age = Timestamp.now().microseconds - newest.seconds * 1_000_000 - newest.nanoseconds / 1000
      // A file from the future (a clock set back) would keep us waiting; it is only ever rewritten.
      if age >= Self.clockStep || age < -1_000_000 { break }
      try cancellation.check()
      cancellation.sleep(milliseconds: 2)
    }
    try FileSystem.writeAtomically(Array(JSONEncoder().encode(currentHeader(conversions: conversions))), to: header)
  }

  private func currentHeader(conversions: String) throws(SystemError) -> Header {
    var status = stat()
    if lstat(workspace, &status) != 0 { throw SystemError("look at \(workspace)") }
    return Header(
      workspace: workspace, device: UInt64(status.st_dev), inode: UInt64(status.st_ino), conversions: conversions)
  }

  /// Makes room for records, and clears away what killed processes left there.
  static func prepare(in mirrors: String) throws(SystemError) {
    try FileSystem.makeDirectories(mirrors + "/workspaces", mode: 0o700)
    try Debris.removePartialFiles(in: mirrors + "/workspaces")
  }

  /// Removes records of workspaces that are gone.
  static func removeStale(in mirrors: String) throws(SystemError) {
    let directory = mirrors + "/workspaces"
    for name in try MirrorInspection.entries(directory) ?? [] where name.hasSuffix(".json") {
      let stem = directory + "/" + name.dropLast(5)
      guard let bytes = try? FileSystem.read(stem + ".json", limit: largestHeader),
        let known = try? JSONDecoder().decode(Header.self, from: Data(bytes)), access(known.workspace, F_OK) == 0
      else {
        unlink(stem + ".json")
        unlink(stem + ".index")
        continue
      }
    }
  }
}
