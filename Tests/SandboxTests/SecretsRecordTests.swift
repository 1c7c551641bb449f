import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanSandbox

/// What is private in the system is known again without a search, until a directory changes.
@Suite(.enabled(if: geteuid() == 0, "only root's builds need it, and only root's record is believed"))
struct SecretsRecordTests {
  private let directory: TestDirectory
  private let start = time(nil)
  private var tree: String { directory.path + "/tree" }

  init() throws {
    directory = try TestDirectory()
    try directory.write("tree/a/public", "")
    try directory.write("tree/a/private", "", mode: 0o600)
    try directory.write("tree/b/c/public", "")
  }

  /// What is found by a build so many seconds after the start of the test.
  private func secrets(after seconds: Int) -> SystemSecrets {
    let all = SecretsRecord(directory.path + "/record", now: start + seconds).of([tree])
    return SystemSecrets(files: all.files.sorted(), directories: all.directories.sorted())
  }

  private var hasRecord: Bool { access(directory.path + "/record", F_OK) == 0 }

  @Test func `what has just changed is not recorded`() throws {
    #expect(secrets(after: 0).files == [tree + "/a/private"])
    #expect(!hasRecord)
    #expect(secrets(after: 60).files == [tree + "/a/private"])
    #expect(hasRecord)
  }

  @Test func `the record is believed while its directories are as they were`() throws {
    let first = secrets(after: 60)
    // A file that was public and is made private in place changes no directory: that it is not found shows the record.
    chmod(tree + "/b/c/public", 0o600)
    #expect(secrets(after: 61) == first)
    #expect(secrets(after: 661).files == [tree + "/a/private", tree + "/b/c/public"])
  }

  @Test(arguments: ["new file", "renamed file", "private directory", "replaced directory", "removed directory"])
  func `a change is noticed`(change: String) throws {
    _ = secrets(after: 60)
    try #require(hasRecord)
    var files = [tree + "/a/private"]
    var directories: [String] = []
    switch change {
    case "new file":
      try directory.write("tree/b/c/new", "", mode: 0o640)
      files.append(tree + "/b/c/new")
    case "renamed file":
      rename(tree + "/a/private", tree + "/a/renamed")
      files = [tree + "/a/renamed"]
    case "private directory":
      chmod(tree + "/b/c", 0o700)
      directories = [tree + "/b/c"]
    case "replaced directory":
      rename(tree + "/a", directory.path + "/aside")
      try directory.write("tree/a/other", "", mode: 0o600)
      files = [tree + "/a/other"]
    default:
      try FileSystem.removeTree(tree + "/a")
      files = []
    }
    #expect(secrets(after: 61) == SystemSecrets(files: files, directories: directories))
  }

  @Test func `a record of somebody else's, or a damaged one, is not believed`() throws {
    let right = secrets(after: 60)
    let path = directory.path + "/record"
    let bytes = try FileSystem.read(path, limit: 1 << 20)
    chown(path, 12345, 12345)
    chmod(tree + "/b/c/public", 0o600)
    #expect(secrets(after: 61) != right)
    chmod(tree + "/b/c/public", 0o644)
    for length in stride(from: 0, to: bytes.count, by: 7) {
      unlink(path)
      try FileSystem.writeAtomically(Array(bytes.prefix(length)), to: path, mode: 0o600)
      #expect(secrets(after: 60) == right)
    }
  }
}
