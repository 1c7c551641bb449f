import Foundation
import JourneymanSealing
import JourneymanStores
import JourneymanSupport
import TestSupport
import Testing

/// Ends the process that collects, packs, seals and stores with SIGKILL, in each stage and at random moments: what a
/// store lists is whole, and the next start leaves nothing that was only begun. `upload-crash` is that process.
@Suite(.takingTurns, .timeLimit(.minutes(30))) struct CrashTests {
  private let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
    try FileSystem.makeDirectories(scratch.path + "/workspace/sub")
    for number in 0..<20 {
      let bytes = (0..<60_000).map { UInt8(truncatingIfNeeded: $0 &* (number + 3) ^ $0 >> 7) }
      try FileSystem.writeAtomically(bytes, to: scratch.path + "/workspace/sub/\(number)")
    }
  }

  private func run(_ mode: String, _ records: Int) async throws -> TestProgram.Outcome {
    try await TestProgram.run(TestProgram.products + "/upload-crash", [mode, scratch.path, "\(records)"])
  }

  /// What the next start does, in this process.
  private func recover() async throws -> [UploadRecovery.Outcome] {
    let stores = try ["a", "b"].map { try FileStore(name: $0, directory: scratch.path + "/" + $0) }
    return try await UploadRecovery(directory: scratch.path + "/journals", stores: stores).run()
  }

  /// Every manifest in a store lists only files that are there, whole.
  private func checkListed() throws {
    for store in ["a", "b"] {
      for name in try scratch.files(store) where name.hasSuffix("/manifest.txt") {
        let lines = String(
          decoding: try FileSystem.read("\(scratch.path)/\(store)/\(name)", limit: 1 << 20), as: UTF8.self
        )
        .split(separator: "\n")
        #expect(lines.count == 2)
        for line in lines {
          let parts = line.split(separator: " ")
          let file = try FileSystem.open("\(scratch.path)/\(store)/\(parts[1])", flags: O_RDONLY)
          #expect(try Digest.sha256(ofDescriptor: file.number, name: name).sha256 == parts[0])
        }
      }
    }
  }

  /// After recovery: builds are listed in both stores or in none, and nothing else is there.
  private func checkClean() throws {
    try checkListed()
    let a = try scratch.files("a"), b = try scratch.files("b")
    let builds = { (files: [String]) in Set(files.map { $0.split(separator: "/")[0] }) }
    #expect(builds(a) == builds(b))
    for files in [a, b] { #expect(files.count == builds(files).count * 3, "\(files)") }
    #expect((a + b).allSatisfy { !$0.hasSuffix(".partial") })
    #expect(try scratch.files("output").allSatisfy { !$0.hasSuffix(".partial") })
    #expect(try scratch.files("journals") == [])
  }

  @Test func killedAtEachRecordOfTheJournal() async throws {
    var stages: Set<String> = []
    var records = 0
    while true {
      records += 1
      let outcome = try await run("build", records)
      if outcome.output.hasSuffix("done\n") {
        #expect(outcome.status == 0)
        break
      }
      #expect(outcome.status == 137, "\(outcome.errors)")
      // The stage that was begun last is the one it died in. Two stores write records side by side, so that the same
      // number is not the same record in every run.
      let begun = outcome.output.split(separator: "\n").last { $0.hasPrefix("stage ") }
      if let begun { stages.insert(String(begun.dropFirst("stage ".count))) }
      try checkListed()
      #expect(try await recover().count == 1, "record \(records)")
      try checkClean()
    }
    #expect(stages == ["collect", "package", "seal", "store", "list"])
    #expect(records > 20)
    try checkClean()
  }

  @Test func recoveryItselfCanBeKilled() async throws {
    let death = 16
    for records in 1...5 {
      #expect(try await run("build", death).status == 137)
      let first = try await run("recover", records)
      #expect(first.status == 137 || first.output.hasSuffix("done\n"))
      try checkListed()
      _ = try await recover()
      try checkClean()
    }
  }

  @Test func onlyTheAgentsOwnUnfinishedFilesAreRemoved() throws {
    let files = [
      "artifacts/a.zip.age", "artifacts/a.zip.age.partial", "manifest.json.12.34.partial", "reports/build.partial",
    ]
    for folder in ["artifacts", "reports"] { try FileSystem.makeDirectories(scratch.path + "/output/" + folder) }
    for file in files { try FileSystem.writeAtomically([1], to: scratch.path + "/output/" + file) }
    UnfinishedFiles.remove(in: scratch.path + "/output")
    #expect(Set(try scratch.files("output")) == ["artifacts/a.zip.age", "reports/build.partial"])
  }

  @Test func killedAtRandomMoments() async throws {
    let seed = UInt64.random(in: .min ... .max)
    print("killedAtRandomMoments: seed \(seed)")
    var generator = SplitMix(state: seed)
    let wanted = ProcessInfo.processInfo.environment["JOURNEYMAN_FULL"] == "1" ? 100 : 12
    var killed = 0
    var whole = Duration.seconds(60)
    for attempt in 0..<wanted * 5 where killed < wanted {
      // The first run, and each that got to its end, tells how long a run takes now.
      let moment = attempt == 0 ? whole : whole * Double.random(in: 0...1, using: &generator)
      let start = ContinuousClock.now
      let outcome = try await TestProgram.run(
        TestProgram.products + "/upload-crash", ["build", scratch.path, "0"], timeout: moment)
      if outcome.output.hasSuffix("done\n") { whole = ContinuousClock.now - start } else { killed += 1 }
      try checkListed()
      _ = try await recover()
      try checkClean()
    }
    #expect(killed == wanted)
    print("killedAtRandomMoments: \(killed) killed before their end")
  }
}
