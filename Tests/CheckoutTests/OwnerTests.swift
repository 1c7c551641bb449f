import Foundation
import JourneymanCheckout
import JourneymanSupport
import TestSupport
import Testing

/// Files can be given to somebody else as they are written, as an agent of root's does.
@Suite(.takingTurns, .enabled(if: geteuid() == 0, "only root can give files away")) struct OwnerTests {
  /// The owners of everything in a tree, its root included.
  private func owners(_ path: String) throws -> Set<[UInt32]> {
    var owners: Set<[UInt32]> = []
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) + ["."] {
      var status = stat()
      #expect(lstat(path + "/" + name, &status) == 0)
      owners.insert([status.st_uid, status.st_gid])
    }
    return owners
  }

  @Test func everythingIsGivenAndTakenBack() async throws {
    let bench = try await Workbench()
    let leaf = try await Git.create(bench.scratch("leaf"))
    try leaf.write("leaf\n", to: "deep/leaf.txt")
    try await leaf.commit()
    try await bench.source("submodule", "add", "-q", "../leaf", "sub")
    symlink("/etc/passwd", bench.source.directory + "/link")
    try bench.source.write("#!/bin/sh\n", to: "run.sh", mode: 0o755)
    try await bench.source.commit("links")
    let workspace = bench.scratch("workspace")
    func checkOut(_ owner: CheckoutRequest.Owner?) async throws {
      let request = CheckoutRequest(url: bench.source.directory, existing: .reuse, owner: owner)
      _ = try await Checkout(bench.options).checkOut(request, into: workspace)
    }
    try await checkOut(.init(user: 70_001, group: 70_002))
    #expect(try owners(workspace) == [[70_001, 70_002]])
    let expected = try Tree(workspace)
    var before = stat()
    stat(workspace + "/sub/deep/leaf.txt", &before)
    // A file of the owner's that is as it was stays; one of somebody else's does not.
    lchown(workspace + "/src/a.txt", 70_005, 70_002)
    chown(workspace + "/src", 70_005, 70_005)
    try await checkOut(.init(user: 70_001, group: 70_002))
    #expect(try owners(workspace) == [[70_001, 70_002]])
    var after = stat()
    stat(workspace + "/sub/deep/leaf.txt", &after)
    #expect(before.st_ino == after.st_ino)
    try await checkOut(nil)
    let taken = try owners(workspace)
    #expect(taken == [[0, getegid()]], "\(taken)")
    #expect(try Tree(workspace) == expected)
    var passwords = stat()
    #expect(stat("/etc/passwd", &passwords) == 0 && passwords.st_uid == 0)
  }

  /// A checkout that fails half-way leaves no directory that looks as if all of it was given.
  @Test func aFailureDoesNotLookLikeSuccess() async throws {
    let bench = try await Workbench()
    let owner = CheckoutRequest.Owner(user: 70_001, group: 70_001)
    let workspace = bench.scratch("workspace")
    let request = CheckoutRequest(url: bench.source.directory, existing: .reuse, owner: owner)
    _ = try await Checkout(bench.options).checkOut(request, into: workspace)
    var unknown = request
    unknown.reference = "nothing"
    let failing = unknown
    _ = await checkoutError { try await Checkout(bench.options).checkOut(failing, into: workspace) }
    var status = stat()
    #expect(stat(workspace, &status) == 0 && status.st_uid == 0)
  }
}
