import Foundation
import JourneymanBuildModel
import JourneymanSupport
import Synchronization
import TestSupport
import Testing

@testable import JourneymanStores

@Suite(.takingTurns) struct JournalTests {
  private let scratch: ScratchDirectory
  private let stores: [FileStore]

  init() throws {
    scratch = try ScratchDirectory()
    let path = scratch.path
    stores = try ["a", "b"].map { try FileStore(name: $0, directory: path + "/" + $0) }
    try FileSystem.makeDirectories(path + "/output/artifacts")
  }

  private var journals: String { scratch.path + "/journals" }

  private func plan(_ text: String = "content") throws -> [PlannedUpload] {
    var plan: [PlannedUpload] = []
    for name in ["manifest.json", "artifacts/one", "artifacts/two"] {
      let path = scratch.path + "/output/" + name
      try FileSystem.writeAtomically(Array((name + text).utf8), to: path)
      let file = try LocalFile(reading: path)
      for store in ["a", "b"] {
        plan.append(
          PlannedUpload(
            store: store, key: try StoreKey("build/" + name), file: name, bytes: file.bytes, sha256: file.sha256,
            isListing: name == "manifest.json"))
      }
    }
    return plan
  }

  private func open(_ observer: @escaping @Sendable (JournalRecord) -> Void = { _ in }) throws -> UploadJournal {
    try UploadJournal(in: journals, build: "build/1", outputDirectory: scratch.path + "/output", observer: observer)
  }

  /// A journal as a process leaves it that dies: the lines, and no lock.
  private func leave(_ records: [JournalRecord], torn: String = "") throws {
    try FileSystem.makeDirectories(journals)
    var bytes: [UInt8] = []
    for record in [.opened(build: "build/1", outputDirectory: scratch.path + "/output")] + records {
      bytes += try JSONEncoder().encode(record) + [UInt8(ascii: "\n")]
    }
    try FileSystem.writeAtomically(bytes + Array(torn.utf8), to: journals + "/x.journal")
  }

  private func recover(_ stores: [any ArtifactStore]? = nil) async throws -> [UploadRecovery.Outcome] {
    try await UploadRecovery(directory: journals, stores: stores ?? self.stores).run()
  }

  @Test func everythingIsStoredTheListLastAndTheJournalEnds() async throws {
    let records = Records()
    try await Uploader(stores: stores, journal: try open { records.add($0) }).run(
      try plan(), from: scratch.path + "/output")
    #expect(try scratch.files("a") == ["build/artifacts/one", "build/artifacts/two", "build/manifest.json"])
    #expect(try scratch.files("b") == (try scratch.files("a")))
    #expect(try scratch.files("journals") == [])
    let all = records.all
    for listing in [0, 1] {
      let stored = all.firstIndex(of: .stored(listing)) ?? -1
      for other in [listing + 2, listing + 4] { #expect((all.firstIndex(of: .stored(other)) ?? .max) < stored) }
    }
    #expect(all.contains(.stage(.store)) && all.contains(.stage(.list)))
  }

  @Test func aStoreThatFailsKeepsNothingAndTheOtherEverything() async throws {
    let broken = BrokenStore(stores[1], failing: "manifest.json", with: StoreError(.refused, "no"))
    let error = await #expect(throws: StoreError.self) {
      try await Uploader(stores: [stores[0], broken], journal: try open())
        .run(try plan(), from: scratch.path + "/output")
    }
    #expect(error?.message == "no")
    #expect(try scratch.files("a").count == 3)
    #expect(try scratch.files("b") == [])
    #expect(try scratch.files("journals") == [], "nothing is left to do")
  }

  @Test func aBuildHasOneJournalAtATime() throws {
    let first = try open()
    #expect(throws: StoreError.self) { try open() }
    try first.close()
    try open().close()
  }

  @Test func anUnknownStoreIsRefusedBeforeAnythingIsStored() async throws {
    await #expect(throws: StoreError.self) {
      try await Uploader(stores: [stores[0]], journal: try open()).run(try plan(), from: scratch.path + "/output")
    }
    #expect(try scratch.files("a") == [])
  }

  @Test func aJournalWhoseProcessLivesIsLeftAlone() async throws {
    let journal = try open()
    try journal.note(.planned(try plan()))
    #expect(try await recover() == [])
    #expect(try scratch.files("a") == [])
    try journal.close()
  }

  @Test func whatWasSealedIsFinished() async throws {
    let plan = try plan()
    try leave([.stage(.store), .planned(plan), .begun(2, token: "t"), .stored(2), .begun(3, token: "u")])
    try await stores[0].put(
      LocalFile(path: scratch.path + "/output/artifacts/one", bytes: plan[2].bytes, sha256: plan[2].sha256),
      as: plan[2].key, token: "t")
    try FileSystem.makeDirectories(scratch.path + "/b/build/artifacts")
    try FileSystem.writeAtomically([1], to: scratch.path + "/b/build/artifacts/.u.partial")
    #expect(try await recover() == [.finished(build: "build/1")])
    #expect(try scratch.files("a") == ["build/artifacts/one", "build/artifacts/two", "build/manifest.json"])
    #expect(try scratch.files("b") == (try scratch.files("a")))
    #expect(try scratch.files("journals") == [])
  }

  @Test func whatCannotBeFinishedIsRemoved() async throws {
    let plan = try plan()
    for (number, upload) in plan.enumerated() where number < 4 {
      try await stores[number % 2].put(
        LocalFile(path: scratch.path + "/output/" + upload.file, bytes: upload.bytes, sha256: upload.sha256),
        as: upload.key, token: "t\(number)")
    }
    unlink(scratch.path + "/output/artifacts/two")
    try leave(
      [.planned(plan)] + (0..<4).flatMap { [.begun($0, token: "t\($0)"), .stored($0)] } + [.begun(4, token: "v")])
    try FileSystem.writeAtomically([1], to: scratch.path + "/a/build/artifacts/.v.partial")
    #expect(try await recover() == [.removed(build: "build/1")])
    #expect(try scratch.files("a") + scratch.files("b") + scratch.files("journals") == [])
  }

  @Test func aChangedFileIsNotStored() async throws {
    let plan = try plan()
    try FileSystem.writeAtomically(Array("artifacts/twoCONTENT".utf8), to: scratch.path + "/output/artifacts/two")
    try leave([.planned(plan)])
    #expect(try await recover() == [.removed(build: "build/1")])
    #expect(try scratch.files("a") + scratch.files("b") == [])
  }

  @Test func aBuildThatDiedEarlierLeavesNoUnfinishedFile() async throws {
    try FileSystem.writeAtomically([1], to: scratch.path + "/output/artifacts/x.zip.age.partial")
    try FileSystem.writeAtomically([1], to: scratch.path + "/output/artifacts/whole.zip.age")
    try leave([.stage(.collect), .stage(.package)], torn: "{\"stage\":{\"_0\":\"se")
    #expect(try await recover() == [.removed(build: "build/1")])
    #expect(try scratch.files("output/artifacts") == ["whole.zip.age"])
    #expect(try scratch.files("journals") == [])
  }

  @Test func aTornFirstLineAndAnEmptyJournalAreRemoved() async throws {
    try FileSystem.makeDirectories(journals)
    try FileSystem.writeAtomically([], to: journals + "/e.journal")
    try FileSystem.writeAtomically(Array("{\"opened\":{\"bui".utf8), to: journals + "/t.journal")
    #expect(try await recover() == [])
    #expect(try scratch.files("journals") == [])
  }

  @Test func aDamagedJournalIsKeptAndNamed() async throws {
    try FileSystem.makeDirectories(journals)
    try FileSystem.writeAtomically(Array("garbage\nmore\n".utf8), to: journals + "/d.journal")
    let outcomes = try await recover()
    guard case .postponed(let name, _)? = outcomes.first else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(name.hasSuffix("d.journal") && outcomes.count == 1)
    #expect(try scratch.files("journals") == ["d.journal"])
  }

  @Test func aStoreThatCannotBeReachedKeepsTheJournal() async throws {
    let plan = try plan()
    try leave([.planned(plan)])
    let away = BrokenStore(stores[1], failing: "one", with: StoreError(.unavailable, "away"))
    #expect(try await recover([stores[0], away]) == [.postponed(build: "build/1", reason: "away")])
    #expect(try scratch.files("journals") == ["x.journal"])
    #expect(try await recover() == [.finished(build: "build/1")])
    #expect(try scratch.files("b").count == 3)
  }

  @Test func aCancelledUploadLeavesNothing() async throws {
    let stores = stores
    let plan = try plan()
    let journal = try open()
    let output = scratch.path + "/output"
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await Uploader(stores: stores, journal: journal).run(plan, from: output)
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try scratch.files("a") + scratch.files("b") + scratch.files("journals") == [])
  }
}

/// Records of a journal.
private final class Records: Sendable {
  private let noted = Mutex<[JournalRecord]>([])
  var all: [JournalRecord] { noted.withLock { $0 } }
  func add(_ record: JournalRecord) { noted.withLock { $0.append(record) } }
}

/// A store that fails for keys with an ending.
private struct BrokenStore: ArtifactStore {
  private let base: FileStore
  private let ending: String
  private let error: StoreError

  init(_ base: FileStore, failing ending: String, with error: StoreError) {
    (self.base, self.ending, self.error) = (base, ending, error)
  }

  var name: String { base.name }
  var place: String { base.place }

  func put(_ file: LocalFile, as key: StoreKey, token: String) async throws {
    if key.description.hasSuffix(ending) { throw error }
    try await base.put(file, as: key, token: token)
  }

  func get(_ key: StoreKey, into descriptor: Int32, limit: Int64) async throws -> Int64? {
    try await base.get(key, into: descriptor, limit: limit)
  }

  func remove(_ key: StoreKey) async throws { try await base.remove(key) }
  func discard(_ key: StoreKey, token: String) async throws { try await base.discard(key, token: token) }
}
