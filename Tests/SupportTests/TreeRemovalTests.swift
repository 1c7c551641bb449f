import Foundation
import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns) struct TreeRemovalTests {
  private let directory: TemporaryDirectory
  private var tree: String { directory.path + "/tree" }

  init() throws {
    directory = try TemporaryDirectory()
    try FileSystem.makeDirectories(directory.path + "/tree/a/b/c")
    try directory.write("x", to: "tree/a/b/file")
    try FileSystem.makeDirectories(directory.path + "/outside/deep")
    try directory.write("mine", to: "outside/deep/file")
  }

  private var isOutsideWhole: Bool { directory.has("outside/deep/file") }

  @Test func removesTreesFilesAndNothing() throws {
    try FileSystem.removeTree(tree)
    #expect(!directory.has("tree"))
    try FileSystem.removeTree(tree)
    try FileSystem.removeTree(directory.path + "/not/there")
    try directory.write("x", to: "file")
    try FileSystem.removeTree(directory.path + "/file")
    #expect(!directory.has("file") && isOutsideWhole)
  }

  @Test func doesNotFollowLinks() throws {
    symlink(directory.path + "/outside", tree + "/a/link")
    symlink("/nowhere", tree + "/a/dangling")
    symlink(directory.path + "/outside", directory.path + "/root-link")
    mkfifo(tree + "/a/pipe", 0o600)
    try FileSystem.removeTree(tree)
    try FileSystem.removeTree(directory.path + "/root-link")
    #expect(!directory.has("tree") && !directory.has("root-link") && isOutsideWhole)
  }

  @Test func removesNamesOfAnyBytes() throws {
    for name: [UInt8] in [[0xFF, 0xFE], [0xC3], [10, 27, 7], Array("…€".utf8)] {
      let path = (tree + "/a/").utf8.map { CChar(bitPattern: $0) } + name.map { CChar(bitPattern: $0) }
      #expect(mkdir(path + [0], 0o700) == 0)
      let file = open(path + [47, CChar(bitPattern: 0xFF), 0], O_CREAT | O_WRONLY, 0o600)
      #expect(file >= 0)
      close(file)
    }
    try FileSystem.removeTree(tree)
    #expect(!directory.has("tree"))
  }

  @Test func removesDirectoriesWithoutPermissions() throws {
    chmod(tree + "/a/b/c", 0)
    chmod(tree + "/a/b", 0)
    chmod(tree + "/a", 0o400)
    chmod(tree, 0)
    try FileSystem.removeTree(tree)
    #expect(!directory.has("tree"))
  }

  @Test func removesTreesOfAnyDepth() throws {
    try makeLevels(100_000)
    try FileSystem.removeTree(tree)
    #expect(!directory.has("tree"))
  }

  /// Lets go of the deepest directory at its end: the kernel takes far longer for a tree that somebody holds open.
  private func makeLevels(_ depth: Int) throws {
    var current = try FileSystem.open(tree, flags: O_RDONLY | O_DIRECTORY)
    for level in 0..<depth {
      if mkdirat(current.number, "d", 0o700) != 0 { throw SystemError("make level \(level)") }
      if level % 1000 == 0 { close(openat(current.number, "f", O_CREAT | O_WRONLY, 0o600)) }
      current = OwnedDescriptor(taking: openat(current.number, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    }
  }

  @Test func removesWideTrees() throws {
    for index in 0..<1500 {
      try FileSystem.makeDirectories(tree + "/wide/\(index)")
      try #require(mknod(tree + "/wide/\(index)/file", S_IFREG | 0o600, 0) == 0)
    }
    try FileSystem.removeTree(tree)
    #expect(!directory.has("tree"))
  }

  @Test(.enabled(if: TestMount.isPossible, "mounting is not permitted"))
  func leavesMountsAloneAndRemovesTheRest() throws {
    try TestMount.bind(directory.path + "/outside", on: tree + "/a/b/c")
    defer { TestMount.detach(tree + "/a/b/c") }
    try directory.write("x", to: "tree/other")
    let error = #expect(throws: SystemError.self) { try FileSystem.removeTree(tree) }
    #expect(error?.number == EBUSY)
    #expect(error?.description.contains("tree/a/b/c") == true)
    #expect(!directory.has("tree/other") && !directory.has("tree/a/b/file"))
    #expect(isOutsideWhole)
  }

  @Test(.enabled(if: TestMount.isPossible, "mounting is not permitted")) func detachesMountsWhenAsked() throws {
    try TestMount.bind(directory.path + "/outside", on: tree + "/a/b/c")
    try directory.write("x", to: "tree/mounted")
    try directory.write("file content", to: "outside/file")
    try TestMount.bind(directory.path + "/outside/file", on: tree + "/mounted")
    try FileSystem.removeTree(tree, detachingMounts: true)
    #expect(!directory.has("tree"))
    #expect(isOutsideWhole && directory.has("outside/file"))
  }

  @Test(.enabled(if: TestProgramPath.chattr != nil && geteuid() == 0, "chattr and root are needed"))
  func removesImmutableFiles() throws {
    guard let chattr = TestProgramPath.chattr, TestProgramPath.run(chattr, ["+i", tree + "/a/b/file"]) else {
      return  // The file system under the temporary directory has no such flag.
    }
    #expect(unlink(tree + "/a/b/file") != 0)
    #expect(TestProgramPath.run(chattr, ["+a", tree + "/a/b"]))
    #expect(TestProgramPath.run(chattr, ["+i", tree + "/a"]))
    try FileSystem.removeTree(tree)
    #expect(!directory.has("tree"))
  }

  @Test func staysInsideWhileDirectoriesBecomeLinks() throws {
    let outside = directory.path + "/outside"
    for round in 0..<20 {
      try FileSystem.makeDirectories(tree + "/a/b/deep/er")
      for index in 0..<30 { try FileSystem.makeDirectories(tree + "/a/b/deep/er/\(index)/x") }
      let (victim, aside) = (tree + "/a/b/deep", tree + "/aside")
      let swapper = Swapper(victim: victim, aside: aside, outside: outside)
      swapper.start()
      for _ in 0..<3 { try? FileSystem.removeTree(tree) }
      swapper.stop()
      #expect(isOutsideWhole, "round \(round)")
      try FileSystem.removeTree(tree)
      #expect(!directory.has("tree"))
    }
  }
}
