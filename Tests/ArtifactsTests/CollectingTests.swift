import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanArtifacts

@Suite(.takingTurns) struct CollectingTests {
  private let tree: TemporaryTree
  private let lines = Lines()

  init() throws { tree = try TemporaryTree() }

  private func collect(_ rules: CollectionRules, limits: CollectionLimits = CollectionLimits()) throws -> FileCollection
  {
    let root = try tree.open()
    let collector = ArtifactCollector(root: root.number, workspacePath: "/codebuild/src", limits: limits) {
      lines.add($0)
    }
    return try collector.collect(rules)
  }

  private func names(_ rules: CollectionRules) throws -> [String] { try collect(rules).files.map(\.name) }

  private func failure(_ rules: CollectionRules) throws -> ArtifactError? {
    #expect(throws: ArtifactError.self) { try collect(rules) }
  }

  @Test func everythingIncludesDotFilesSortedByBytes() throws {
    for name in ["b/c", "a", ".hidden", "b/.x/y", "b-c", "Z"] { try tree.write(name) }
    #expect(try names(.init(files: ["**/*"])) == [".hidden", "Z", "a", "b-c", "b/.x/y", "b/c"])
  }

  @Test func logReadsAsTheService() throws {
    try tree.write("dist/app.jar")
    try tree.write("dist/lib/x.jar")
    _ = try collect(.init(files: ["app.jar", "gone.txt", "lib/*"], baseDirectory: "dist"))
    #expect(
      lines.all == [
        "Expanding base directory path: dist", "Assembling file list", "Expanding dist",
        "Expanding file paths for base directory dist", "Assembling file list", "Expanding app.jar",
        "Expanding gone.txt", "Skipping invalid file path gone.txt", "Expanding lib/*", "Found 2 file(s)",
      ])
  }

  @Test func nothingMatchedIsTheClientError() throws {
    try tree.write("a.txt")
    let error = try failure(.init(files: ["*.jar", "b.txt"]))
    #expect(error?.code == .noMatchingFiles)
    #expect(error?.statusCode == "CLIENT_ERROR")
    #expect(error?.message == "no matching artifact paths found")
    #expect(lines.all.suffix(2) == ["Expanding b.txt", "Skipping invalid file path b.txt"])
  }

  @Test(arguments: ["gone", "*.gone", "file", "/etc", "../other", "..", "a/../../x"])
  func missingBaseDirectoryIsTheClientError(base: String) throws {
    try tree.write("file")
    let error = try failure(.init(files: ["**/*"], baseDirectory: base))
    #expect(error?.code == .noMatchingBaseDirectory)
    #expect(error?.message == "no matching base directory path found for \(base)")
  }

  @Test func baseDirectoryCanBeAPattern() throws {
    try tree.write("build-1/x")
    try tree.write("build-2/y")
    try tree.write("other/z")
    try tree.write("build-file")
    #expect(try names(.init(files: ["**/*"], baseDirectory: "build-*")) == ["x", "y"])
    #expect(try names(.init(files: ["*"], baseDirectory: "./build-1/")) == ["x"])
    #expect(try names(.init(files: ["*"], baseDirectory: "/codebuild/src/other")) == ["z"])
  }

  @Test func directoryOfAPatternIsNotAFile() throws {
    try tree.write("scripts/a.sh")
    try tree.write("x")
    #expect(try names(.init(files: ["scripts", "x"])) == ["x"])
    #expect(lines.all.contains("Skipping invalid file path scripts"))
    #expect(try names(.init(files: ["scripts/*"])) == ["scripts/a.sh"])
  }

  @Test func excludedPathsAreRelativeToTheBase() throws {
    for name in ["dist/a.js", "dist/a.js.map", "dist/node_modules/x/y.js", "dist/.git/config", "dist/sub/.env"] {
      try tree.write(name)
    }
    let rules = CollectionRules(
      files: ["**/*"], excludePaths: ["**/*.map", "node_modules/**/*", "**/.*/**/*", "**/.*"], baseDirectory: "dist")
    #expect(try names(rules) == ["a.js"])
  }

  @Test func bracesAndAbsoluteAndParentPathsStayInTheWorkspace() throws {
    for name in ["dist/a.js", "dist/a.css", "other/b.txt", "dist/deep/c.txt"] { try tree.write(name) }
    #expect(try names(.init(files: ["dist/*.{js,css}"])) == ["dist/a.css", "dist/a.js"])
    #expect(try names(.init(files: ["/codebuild/src/dist/a.js"], baseDirectory: "dist")) == ["a.js"])
    #expect(try names(.init(files: ["/codebuild/src/other/*"], baseDirectory: "dist")) == ["other/b.txt"])
    #expect(try names(.init(files: ["../other/b.txt"], baseDirectory: "dist")) == ["other/b.txt"])
    #expect(try names(.init(files: ["deep/../a.js"], baseDirectory: "dist")) == ["a.js"])
  }

  @Test(arguments: [
    "/etc/passwd", "../../etc/passwd", "*/../../x", "{..,dist}/a.js", "/codebuild/src/../x", "/code*/x",
  ])
  func patternsThatLeadOutAreSkipped(outside: String) throws {
    try tree.write("dist/a.js")
    #expect(try failure(.init(files: [outside], baseDirectory: "dist"))?.code == .noMatchingFiles)
    #expect(lines.all.contains("Skipping invalid file path \(outside): it is outside the workspace"))
  }

  @Test func discardedPathsKeepOneFilePerName() throws {
    try tree.write("a/x", "first")
    try tree.write("b/x", "second")
    try tree.write("c/y")
    let found = try collect(.init(files: ["**/*"], discardPaths: true))
    #expect(found.files.map(\.name) == ["x", "y"])
    #expect(found.files.map { String(decoding: $0.path, as: UTF8.self) } == ["a/x", "c/y"])
    #expect(lines.all.contains("Skipping b/x: a/x has the same path in the artifact"))
  }

  @Test func severalPatternsTakeAFileOnce() throws {
    try tree.write("a/x")
    #expect(try names(.init(files: ["a/x", "**/*", "a/*"])) == ["a/x"])
    #expect(!lines.all.contains { $0.hasPrefix("Skipping") })
    #expect(lines.all.last == "Found 1 file(s)")
  }

  @Test func linksWithinTheWorkspaceAreTakenAsContent() throws {
    try tree.write("real/file", "12345", mode: 0o755)
    try tree.link("dist/copy", to: "../real/file")
    try tree.link("dist/folder", to: "../real")
    try tree.link("dist/nothing", to: "gone")
    try tree.link("dist/out", to: "/etc/passwd")
    try tree.link("dist/up", to: "../../outside")
    let found = try collect(.init(files: ["**/*"], baseDirectory: "dist"))
    #expect(found.files.map(\.name) == ["copy"])
    #expect(found.files.first?.size == 5)
    #expect(found.files.first?.mode == 0o755)
    #expect(
      lines.all.filter { $0.hasPrefix("Skipping") } == [
        "Skipping dist/folder: it is a symbolic link to a directory; enable-symlinks keeps such links",
        "Skipping dist/nothing: it is a symbolic link to nothing",
        "Skipping dist/out: it leads out of the workspace", "Skipping dist/up: it leads out of the workspace",
      ])
  }

  @Test func enabledLinksAreKeptWhenInternal() throws {
    try tree.write("dist/lib/libx.so.1", "elf")
    try tree.link("dist/lib/libx.so", to: "libx.so.1")
    try tree.link("dist/current", to: "lib")
    try tree.link("dist/lib/top", to: "../lib/libx.so.1")
    try tree.link("dist/lib/winding", to: "../lib/../lib/libx.so.1")
    try tree.link("dist/out", to: "../secret")
    try tree.write("secret", "s")
    let found = try collect(.init(files: ["**/*"], baseDirectory: "dist", enableSymlinks: true))
    #expect(found.files.map(\.name) == ["current", "lib/libx.so", "lib/libx.so.1", "lib/top", "lib/winding", "out"])
    #expect(
      found.files.map(\.kind) == [
        .symbolicLink(target: Array("lib".utf8)), .symbolicLink(target: Array("libx.so.1".utf8)), .file,
        .symbolicLink(target: Array("../lib/libx.so.1".utf8)), .file, .file,
      ])
  }

  @Test func linkedDirectoriesOfAPatternAreFollowedWithinTheWorkspace() throws {
    try tree.write("releases/7/app")
    try tree.link("current", to: "releases/7")
    try tree.link("outside", to: "/etc")
    #expect(try names(.init(files: ["current/*"])) == ["current/app"])
    #expect(try names(.init(files: ["**/*"], baseDirectory: "current")) == ["app"])
    #expect(try failure(.init(files: ["outside/*"]))?.code == .noMatchingFiles)
    #expect(lines.all.contains("Skipping outside: it leads out of the workspace"))
    #expect(try failure(.init(files: ["*"], baseDirectory: "outside"))?.code == .noMatchingBaseDirectory)
  }

  @Test func specialFilesAreSkippedAndNeverOpened() throws {
    try tree.write("a")
    #expect(mkfifo(tree.path + "/pipe", 0o600) == 0)
    try tree.link("pipelink", to: "pipe")
    #expect(try names(.init(files: ["**/*"])) == ["a"])
    #expect(lines.all.contains("Skipping pipe: it is a pipe, socket or device"))
    #expect(lines.all.contains("Skipping pipelink: it is a symbolic link to a pipe, socket or device"))
  }

  @Test func namesOfAnyBytesAreTaken() throws {
    let name: [UInt8] = [0x66, 0xFF, 0xFE, 0x0A, 0x2E, 0x6F]
    let place = Array(tree.path.utf8) + [0x2F] + name
    let descriptor = open(place.map { CChar(bitPattern: $0) } + [0], O_WRONLY | O_CREAT, 0o644)
    #expect(descriptor >= 0)
    close(descriptor)
    let found = try collect(.init(files: ["*.o"]))
    #expect(found.files.map { Array($0.archivePath) } == [name])
    let root = try tree.open()
    let opened = try #require(found.files.first).open(beneath: root.number)
    #expect(opened.size == 0)
  }

  @Test func specialBitsOfModesAreDropped() throws {
    try tree.write("tool", mode: 0o4755)
    #expect(try collect(.init(files: ["tool"])).files.first?.mode == 0o755)
  }

  @Test func deepTreesAreWalkedWithoutRecursionAndPathsAreBounded() throws {
    // 300 levels of 41 bytes: three times what the kernel takes as one path.
    let root = try tree.open()
    var parent = try FileSystem.openBeneath(root.number, bytes: [UInt8](), flags: O_RDONLY | O_DIRECTORY)
    let level = String(repeating: "d", count: 40)
    for _ in 0..<300 {
      #expect(mkdirat(parent.number, level, 0o755) == 0)
      parent = try FileSystem.openBeneath(parent.number, level, flags: O_RDONLY | O_DIRECTORY)
    }
    let leaf = OwnedDescriptor(taking: openat(parent.number, "leaf", O_WRONLY | O_CREAT, 0o644))
    try FileSystem.writeAll(Array("deep".utf8), to: leaf.number, name: "leaf")
    let found = try collect(.init(files: ["**/leaf"]))
    let file = try #require(found.files.first)
    #expect(file.path.count == 300 * 41 + 4)
    let opened = try file.open(beneath: root.number)
    #expect(opened.size == 4)
    #expect(throws: ArtifactError.self) {
      try collect(.init(files: ["**/leaf"]), limits: CollectionLimits(pathLength: 5000))
    }
  }

  @Test func countsAreBounded() throws {
    for number in 0..<50 { try tree.write("f\(number)") }
    let error = #expect(throws: ArtifactError.self) {
      try collect(.init(files: ["**/*"]), limits: CollectionLimits(entries: 40))
    }
    #expect(error?.code == .limitExceeded)
    for number in 0..<8 { try tree.link("l\(number)", to: "gone") }
    _ = try collect(.init(files: ["**/*"]), limits: CollectionLimits(namedSkips: 3))
    #expect(lines.all.contains("Skipped 5 more"))
  }

  @Test func collectingStopsWhenAsked() throws {
    try tree.write("a")
    let root = try tree.open()
    let collector = ArtifactCollector(root: root.number, workspacePath: "/", isCancelled: { true }) { _ in }
    #expect(throws: ArtifactError.self) { try collector.collect(.init(files: ["**/*"])) }
  }

  @Test func tooComplexPatternsAreRefused() throws {
    try tree.write("a")
    let bomb = String(repeating: "{a,b}", count: 20)
    #expect(try failure(.init(files: [bomb]))?.code == .invalidPattern)
    #expect(try failure(.init(files: ["*"], excludePaths: [bomb]))?.code == .invalidPattern)
  }
}
