import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanKeeper

/// What is left of builds stays within the bounds of agent.conf, and nothing that is in use is touched.
@Suite(.takingTurns) struct RetentionTests {
  private let place = NSTemporaryDirectory() + "journeyman-retention-\(UUID().uuidString)"

  /// A directory with so many KiB in it, last used so many seconds ago.
  private func make(_ path: String, age: Double, kilobytes: Int = 64, stampedBy stamp: String) throws {
    let directory = place + "/" + path
    try FileSystem.makeDirectories(directory)
    let random = (0..<kilobytes * 1024).map { _ in UInt8.random(in: 0 ... .max) }
    try FileSystem.writeAtomically(random, to: directory + "/content")
    let file = stamp == ".lock" ? directory + stamp : directory + "/" + stamp
    try FileSystem.writeAtomically([], to: file)
    let time = timespec(tv_sec: time(nil) - Int(age), tv_nsec: 0)
    for path in [directory, directory + "/content", file] { #expect(utimensat(AT_FDCWD, path, [time, time], 0) == 0) }
  }

  private func clean(keepFor: Double? = nil, keepSize: Int64? = nil) async {
    var settings = AgentSettings()
    (settings.keepSeconds, settings.keepSize) = (keepFor, keepSize)
    await Retention(WorkDirectory(path: place), settings).run()
  }

  private func isThere(_ path: String) -> Bool { access(place + "/" + path, F_OK) == 0 }

  @Test func whatIsTooOldGoes() async throws {
    defer { try? FileSystem.removeTree(place) }
    try make("builds/shop/1", age: 7200, stampedBy: "result.json")
    try make("builds/shop/2", age: 10, stampedBy: "result.json")
    try make("builds/old/1", age: 7200, stampedBy: "result.json")
    try make("sources/shop-1/source", age: 7200, stampedBy: ".lock")
    try make("sources/tool-2/source", age: 10, stampedBy: ".lock")
    await clean(keepFor: 3600)
    #expect(!isThere("builds/shop/1") && isThere("builds/shop/2/content"))
    #expect(!isThere("builds/old") && !isThere("sources/shop-1") && isThere("sources/tool-2/source/content"))
  }

  @Test func theOldestGoWhileAllAreTooLarge() async throws {
    defer { try? FileSystem.removeTree(place) }
    for number in 1...6 {
      try make("builds/shop/\(number)", age: Double(600 - number), kilobytes: 100, stampedBy: "result.json")
    }
    await clean(keepSize: 350 << 10)
    #expect((1...6).filter { isThere("builds/shop/\($0)") } == [4, 5, 6])
  }

  @Test func whatIsInUseStays() async throws {
    defer { try? FileSystem.removeTree(place) }
    // A build that still runs has no result; one that died long ago has none either.
    try make("builds/shop/1", age: 7200, stampedBy: "log.txt")
    try make("builds/shop/2", age: 10 * 3600, stampedBy: "log.txt")
    try make("sources/shop-1/source", age: 7200, stampedBy: ".lock")
    let lock = try FileSystem.open(place + "/sources/shop-1/source.lock", flags: O_RDWR)
    #expect(flock(lock.number, LOCK_EX | LOCK_NB) == 0)
    await clean(keepFor: 3600, keepSize: 0)
    #expect(isThere("builds/shop/1/content") && !isThere("builds/shop/2"))
    #expect(isThere("sources/shop-1/source/content"))
    _ = flock(lock.number, LOCK_UN)
    await clean(keepFor: 3600)
    #expect(!isThere("sources/shop-1"))
  }

  @Test func withoutBoundsEverythingStays() async throws {
    defer { try? FileSystem.removeTree(place) }
    try make("builds/shop/1", age: 1e8, stampedBy: "result.json")
    await clean()
    #expect(isThere("builds/shop/1/content"))
  }
}
