import Foundation
internal import JourneymanSupport

/// The `shallow` file: the commits whose parents a repository does not have, one id a line (gitrepository-layout).
extension MirrorInspection {
  static func isShallow(_ gitDirectory: String) -> Bool { access(gitDirectory + "/shallow", F_OK) == 0 }

  /// Adds commits to the file; without any, nothing changes.
  static func writeShallow(_ commits: [ObjectID], to gitDirectory: String) throws(SystemError) {
    if commits.isEmpty { return }
    let text = Set(commits).sorted().map { "\($0)\n" }.joined()
    try FileSystem.writeAtomically(Array(text.utf8), to: gitDirectory + "/shallow")
  }
}
