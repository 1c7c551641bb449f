import Foundation
import JourneymanStores
import JourneymanSupport
import Testing

/// What every ``ArtifactStore`` has to do. A conformer's tests call ``run()`` with an empty store.
struct ArtifactStoreConformance {
  let store: any ArtifactStore

  func run() async throws {
    try await storesAndReads()
    try await replaces()
    try await keepsWhatWasThereWhenAPutFails()
    try await removes()
    try await takesManyAtOnce()
    try await canBeCancelled()
  }

  private func content(_ key: StoreKey) async throws -> [UInt8]? {
    let file = try ScratchFile([])
    let descriptor = try FileSystem.open(file.path, flags: O_RDWR)
    guard let count = try await store.get(key, into: descriptor.number, limit: 1 << 28) else { return nil }
    let bytes = try FileSystem.read(file.path, limit: 1 << 28)
    #expect(Int64(bytes.count) == count)
    return bytes
  }

  private func storesAndReads() async throws {
    for (name, bytes) in [
      ("plain", Array("hello".utf8)), ("empty", []),
      ("deep/er/path/file.zip.age", [UInt8](repeating: 7, count: 3_000_000)),
      ("with space/ü & 100%?#.txt", [1, 2, 3]),
    ] {
      let file = try ScratchFile(bytes)
      let key = try StoreKey("conformance/" + name)
      #expect(try await content(key) == nil)
      try await store.put(file.local, as: key, token: UUID().uuidString)
      #expect(try await content(key) == bytes, "\(name)")
    }
  }

  private func replaces() async throws {
    let key = try StoreKey("conformance/replaced")
    for text in ["first", "second, which is longer", "3"] {
      try await store.put(try ScratchFile(Array(text.utf8)).local, as: key, token: "same-token")
      #expect(try await content(key) == Array(text.utf8))
    }
  }

  private func keepsWhatWasThereWhenAPutFails() async throws {
    let key = try StoreKey("conformance/kept")
    try await store.put(try ScratchFile([1]).local, as: key, token: "t1")
    let file = try ScratchFile([2, 2])
    let lies = [
      LocalFile(path: file.path, bytes: 2, sha256: String(repeating: "0", count: 64)),
      LocalFile(path: file.path, bytes: 3, sha256: file.local.sha256),
      LocalFile(path: file.path + ".gone", bytes: 2, sha256: file.local.sha256),
      LocalFile(path: "/dev/zero", bytes: 0, sha256: file.local.sha256),
    ]
    for lie in lies {
      let error = await #expect(throws: StoreError.self) { try await store.put(lie, as: key, token: "t2") }
      #expect(error?.code == .changed)
    }
    try await store.discard(try StoreKey("conformance/never"), token: "t3")
    #expect(try await content(key) == [1])
  }

  private func removes() async throws {
    let key = try StoreKey("conformance/removed")
    try await store.remove(key)
    try await store.put(try ScratchFile([1]).local, as: key, token: "t")
    try await store.remove(key)
    #expect(try await content(key) == nil)
  }

  private func takesManyAtOnce() async throws {
    let store = store
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<20 {
        group.addTask {
          let file = try ScratchFile([UInt8](repeating: UInt8(number), count: 50_000))
          try await store.put(file.local, as: try StoreKey("conformance/many/\(number % 10)"), token: "t\(number)")
        }
      }
      try await group.waitForAll()
    }
    for number in 0..<10 {
      let bytes = try #require(try await content(try StoreKey("conformance/many/\(number)")))
      #expect(
        bytes.count == 50_000 && Set(bytes).isSubset(of: [UInt8(number), UInt8(number + 10)]) && Set(bytes).count == 1)
    }
  }

  private func canBeCancelled() async throws {
    let store = store
    let key = try StoreKey("conformance/cancelled")
    let file = try ScratchFile([UInt8](repeating: 1, count: 1000))
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await store.put(file.local, as: key, token: "t")
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await content(key) == nil)
  }
}

/// A file of one test, removed when the process ends: stores read it by its path, which keeps nothing alive.
struct ScratchFile: Sendable {
  let path: String
  let local: LocalFile

  private static let directory: String = {
    let path = NSTemporaryDirectory() + "journeyman-scratch-\(getpid())"
    try? FileSystem.makeDirectories(path)
    atexit { try? FileSystem.removeTree(NSTemporaryDirectory() + "journeyman-scratch-\(getpid())") }
    return path
  }()

  init(_ bytes: [UInt8]) throws {
    path = Self.directory + "/" + UUID().uuidString
    try FileSystem.writeAtomically(bytes, to: path)
    local = try LocalFile(reading: path)
  }
}

/// A directory of one test, removed with it.
final class ScratchDirectory: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "journeyman-stores-\(UUID().uuidString)"
    try FileSystem.makeDirectories(path)
  }

  deinit { try? FileSystem.removeTree(path) }

  /// All files beneath, relative, sorted.
  func files(_ directory: String = "") throws -> [String] {
    let top = path + "/" + directory
    let walk = FileManager.default.enumerator(atPath: top)
    var found: [String] = []
    while let name = walk?.nextObject() as? String {
      var isDirectory: ObjCBool = false
      if FileManager.default.fileExists(atPath: top + "/" + name, isDirectory: &isDirectory), !isDirectory.boolValue {
        found.append(name)
      }
    }
    return found.sorted()
  }
}
