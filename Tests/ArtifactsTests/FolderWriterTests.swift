import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanArtifacts

@Suite(.takingTurns) struct FolderWriterTests {
  private func collect(_ root: borrowing OwnedDescriptor, _ rules: CollectionRules) throws -> FileCollection {
    try ArtifactCollector(root: root.number, workspacePath: "/") { _ in }.collect(rules)
  }

  @Test func filesAndModesArriveLinksAsWhatTheyLeadToAndNothingIsReplaced() throws {
    let source = try TemporaryTree()
    try source.write("bin/tool", "#!/bin/sh\n", mode: 0o755)
    try source.write("bin/data", "data", mode: 0o640)
    try source.link("bin/alias", to: "data")
    try source.link("bin/folder", to: ".")
    let root = try source.open()
    let collection = try collect(root, .init(files: ["**/*"], enableSymlinks: true))
    let target = try TemporaryTree()
    let leftOut = try FolderWriter().write(collection, beneath: root.number, into: target.path + "/out")
    #expect(leftOut == ["bin/folder"])
    #expect(try target.read("out/bin/tool") == "#!/bin/sh\n")
    #expect(target.mode("out/bin/tool") == 0o755)
    #expect(target.mode("out/bin/data") == 0o640)
    #expect(try target.read("out/bin/alias") == "data")
    #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: target.path + "/out/bin/alias")) == nil)
    _ = try FolderWriter(suffix: ".x").write(collection, beneath: root.number, into: target.path + "/more") {
      _, copy, name in
      try FileSystem.writeAll(Array(name.utf8), to: copy, name: name)
    }
    #expect(try target.read("more/bin/data.x") == "bin/data")
    #expect(throws: ArtifactError.self) {
      try FolderWriter().write(collection, beneath: root.number, into: target.path + "/out")
    }
  }

  @Test func aLinkInTheFolderIsNotWrittenThrough() throws {
    let source = try TemporaryTree()
    try source.write("sub/file", "new")
    let root = try source.open()
    let collection = try collect(root, .init(files: ["**/*"]))
    let victim = try TemporaryTree()
    let target = try TemporaryTree()
    try target.link("sub", to: victim.path)
    #expect(throws: ArtifactError.self) {
      try FolderWriter().write(collection, beneath: root.number, into: target.path)
    }
    #expect(!victim.exists("file"))
  }

  @Test func aFileReplacedByAPipeOrALinkOutIsAnErrorNotARead() throws {
    let source = try TemporaryTree()
    try source.write("file", "content")
    let root = try source.open()
    let collection = try collect(root, .init(files: ["file"]))
    let target = try TemporaryTree()
    unlink(source.path + "/file")
    #expect(mkfifo(source.path + "/file", 0o600) == 0)
    let piped = #expect(throws: ArtifactError.self) {
      try FolderWriter().write(collection, beneath: root.number, into: target.path + "/a")
    }
    #expect(piped?.code == .unreadable)
    unlink(source.path + "/file")
    try source.link("file", to: "/etc/passwd")
    let linked = #expect(throws: ArtifactError.self) {
      try FolderWriter().write(collection, beneath: root.number, into: target.path + "/b")
    }
    #expect(linked?.code == .unreadable)
    #expect(!target.exists("b/file"))
  }
}
