import Foundation
import JourneymanCheckout
import TestSupport
import Testing

/// What a checkout tells while it runs, and that it keeps nothing afterwards.
@Suite(.takingTurns) struct LifetimeTests {
  private static let files = Dictionary(
    uniqueKeysWithValues: (0..<150).map { number in
      ("d\(number % 9)/f\(number)", (0..<300).map { "\($0 &* (number &+ 7919) % 10_007)\n" }.joined())
    })

  @Test func progressCountsToItsEnd() async throws {
    let bench = try await Workbench(Self.files)
    let server = try await Server.web(bench.scratch.path)
    let log = EventLog()
    try await bench.checkOut(from: server.url("source"), progress: log.add)
    let received = try #require(log.received)
    #expect(received.totalObjects >= Self.files.count)
    #expect(received.receivedObjects == received.totalObjects && received.indexedObjects == received.totalObjects)
    #expect(received.receivedBytes > 50_000 && received.bytesPerSecond > 0)
    let written = try #require(log.progress(.write).last)
    #expect(written.checkedOutFiles == Self.files.count && written.totalFiles == Self.files.count)
    for figures in [log.progress(.receive).map(\.receivedObjects), log.progress(.write).map(\.checkedOutFiles)] {
      #expect(figures == figures.sorted())
    }
    // Stages come in the order in which they are declared.
    let order = log.stages.compactMap { CheckoutStage.allCases.firstIndex(of: $0) }
    #expect(order == order.sorted() && Set(log.stages) == Set(CheckoutStage.allCases))
  }

  /// The files of a place that this process has open or mapped.
  private func held(in place: String) throws -> Set<String> {
    var held: Set<String> = []
    for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
      if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)") {
        held.insert(target)
      }
    }
    for line in try String(contentsOfFile: "/proc/self/maps", encoding: .utf8).split(separator: "\n") {
      if let path = line.firstIndex(of: "/") { held.insert(String(line[path...])) }
    }
    return held.filter { $0.hasPrefix(place) }
  }

  @Test func nothingStaysOpen() async throws {
    let bench = try await Workbench(Self.files)
    let leaf = try await Git.create(bench.scratch("leaf"))
    try await leaf.commit()
    try await bench.source("submodule", "add", "-q", "../leaf", "sub")
    try await bench.source.commit("with a submodule")
    let server = try await Server.web(bench.scratch.path)
    let cutting = try await Server.web(bench.scratch.path, ["--cut", "5000"])
    for number in 0..<12 {
      try await bench.checkOut(into: "w\(number % 3)", from: server.url("source"))
      #expect(await checkoutError { try await bench.checkOut("nothing", into: "x", from: server.url("source")) } != nil)
      #expect(await checkoutError { try await bench.checkOut(into: "x", from: cutting.url("source")) } != nil)
      let task = Task {
        try await bench.checkOut(into: "x")
      }
      task.cancel()
      _ = try? await task.value
    }
    // Threads of ours may still be on their way out.
    for _ in 0..<600 where try !held(in: bench.scratch.path).isEmpty { try await Task.sleep(for: .milliseconds(50)) }
    #expect(try held(in: bench.scratch.path) == [])
  }
}
