import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanStores

@Suite(.takingTurns) struct FileStoreTests {
  private let scratch: ScratchDirectory
  private let store: FileStore

  init() throws {
    scratch = try ScratchDirectory()
    store = try FileStore(name: "local", directory: scratch.path + "/not/there/yet")
  }

  @Test func conforms() async throws {
    try await ArtifactStoreConformance(store: store).run()
    #expect(try scratch.files().filter { $0.contains(".partial") } == [])
  }

  @Test func whatAnInterruptedPutLeftIsRemovedByItsToken() async throws {
    let key = try StoreKey("p/b/file")
    try await store.put(try ScratchFile([1]).local, as: key, token: "old")
    let directory = scratch.path + "/not/there/yet/p/b/"
    try FileSystem.writeAtomically([1, 2], to: directory + ".t1.partial")
    try FileSystem.writeAtomically([1, 2], to: directory + ".t2.partial")
    try await store.discard(key, token: "t1")
    #expect(try scratch.files("not/there/yet") == ["p/b/.t2.partial", "p/b/file"])
    try await store.put(try ScratchFile([3]).local, as: key, token: "t2")
    #expect(try scratch.files("not/there/yet") == ["p/b/file"])
  }

  @Test func linksInTheStoreAreNotFollowed() async throws {
    let victim = try ScratchDirectory()
    try FileSystem.makeDirectories(scratch.path + "/not/there/yet")
    #expect(symlink(victim.path, scratch.path + "/not/there/yet/link") == 0)
    let key = try StoreKey("link/file")
    let error = await #expect(throws: StoreError.self) {
      try await store.put(try ScratchFile([1]).local, as: key, token: "t")
    }
    #expect(error?.code == .system)
    #expect(try victim.files() == [])
    #expect(symlink("/etc/passwd", scratch.path + "/not/there/yet/passwd") == 0)
    let target = try ScratchFile([])
    let descriptor = try FileSystem.open(target.path, flags: O_WRONLY)
    await #expect(throws: StoreError.self) {
      try await store.get(try StoreKey("passwd"), into: descriptor.number, limit: 1000)
    }
  }

  @Test func errorsNameTheStoreAndThePlace() async throws {
    let store = try FileStore(name: "full", directory: "/proc/nothing")
    let error = await #expect(throws: StoreError.self) {
      try await store.put(try ScratchFile([1]).local, as: try StoreKey("x"), token: "t")
    }
    #expect(error?.message.contains("full") == true && error?.message.contains("/proc/nothing") == true)
    #expect(throws: StoreError.self) { try FileStore(name: "x", directory: "relative") }
  }
}

@Suite(.takingTurns) struct StoreKeyTests {
  @Test(
    arguments: [
      "", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/.", "a\nb", "a\u{0}", ".x.partial",
      String(repeating: "a", count: 201), String(repeating: "a/", count: 600) + "a",
    ])
  func badPathsAreRefused(path: String) {
    #expect(throws: StoreError.self) { try StoreKey(path) }
  }

  @Test func goodPathsSurviveCoding() throws {
    for path in ["a", "a/b c/ü.zip.age", ".hidden", "x.partial", "..."] {
      let key = try StoreKey(path)
      #expect(key.description == path)
      #expect(try JSONDecoder().decode(StoreKey.self, from: JSONEncoder().encode(key)) == key)
    }
    #expect(throws: (any Error).self) { try JSONDecoder().decode(StoreKey.self, from: Data("\"../x\"".utf8)) }
  }
}
