import Foundation
import JourneymanCheckout
import JourneymanSupport
import TestSupport
import Testing

/// What a checkout writes is byte for byte what `git clone --recurse-submodules` writes: names, modes and contents.
@Suite(.takingTurns) struct TreeComparisonTests {
  enum Transport: String, CaseIterable, Sendable {
    case path, file, http, ssh
  }

  @Test(arguments: SampleRepository.allCases)
  func checkoutsEqualGits(_ repository: SampleRepository) async throws {
    let scratch = try Scratch()
    let root = scratch("repositories")
    try FileSystem.makeDirectories(root)
    try await repository.make(in: root)
    let source = root + "/" + repository.rawValue
    try await Git(directory: scratch.path)(
      "clone", "-q", "--recurse-submodules", "file://" + source, scratch("expected"))
    let expected = try Tree(scratch("expected"))
    if repository != .empty { #expect(!expected.nodes.isEmpty) }

    let web = try await Server.web(root)
    let shell = isRequired(SecureShellServer.isAvailable) ? try await SecureShellServer.shared.value : nil
    for transport in Transport.allCases where transport != .path || repository == .plain {
      var options = CheckoutOptions(mirrors: scratch("mirrors"))
      let url: String
      switch transport {
      case .path: url = source
      case .file: url = "file://" + source
      case .http: url = web.url(repository.rawValue)
      case .ssh:
        guard let shell else { continue }
        options.knownHosts = shell.knownHosts
        options.sshKey = shell.key("ed25519")
        url = shell.url(source)
      }
      let directory = scratch("by-\(transport.rawValue)")
      let revision = try await Checkout(options).checkOut(CheckoutRequest(url: url), into: directory)
      let found = try Tree(directory)
      #expect(found == expected, "\(transport): \(found.differences(from: expected).prefix(5))")
      try await expectAUsableRepository(directory, revision, like: scratch("expected"))
    }
  }

  /// git itself finds nothing to complain about in the workspace.
  private func expectAUsableRepository(
    _ directory: String, _ revision: CheckedOutRevision, like expected: String
  ) async throws {
    let git = Git(directory: directory)
    guard let commit = revision.commit else {
      #expect(try await git("status", "--porcelain") == "")
      return
    }
    let head = try await Git(directory: expected).head
    #expect(commit.id == head)
    #expect(try await git.head == head)
    // With other times on every file git compares contents. Otherwise it does so only for files as young as its index,
    // and contents that do not survive a conversion and back show as changed in one clone and not in the next.
    for tree in [directory, expected] {
      let find = ["-c", "find '\(tree)' -name .git -prune -o -type f -exec touch -d @1000000000 {} +"]
      #expect(try await TestProgram.run("/bin/sh", find).status == 0)
    }
    #expect(try await git("status", "--porcelain") == Git(directory: expected)("status", "--porcelain"))
    #expect(try await git("log", "--format=%H %s") == Git(directory: expected)("log", "--format=%H %s"))
    #expect(try await git("tag") == Git(directory: expected)("tag"))
    #expect(try await git("submodule", "status").isEmpty == revision.submodules.isEmpty)
    try await git("fsck", "--no-dangling")
  }
}
