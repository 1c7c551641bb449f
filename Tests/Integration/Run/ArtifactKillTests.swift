import Foundation
import JourneymanBuildModel
import JourneymanSandbox
import JourneymanSealing
import JourneymanStores
import JourneymanSupport
import TestSupport
import Testing

/// `journeyman run` and its worker, killed with SIGKILL at any moment: what a store lists is whole, and the next run
/// leaves nothing that was only begun.
@Suite(.takingTurns, .timeLimit(.minutes(30))) struct ArtifactKillTests {
  private let place: BuildPlace
  private let configuration: String

  init() throws {
    place = try BuildPlace()
    // Several artifacts, so that each step comes several times; one is large enough to be met while it is packed.
    var buildspec = String.building("head -c 4000000 /dev/urandom > large; for n in 1 2 3 4 5 6; do echo $n > $n; done")
    buildspec += "artifacts:\n  files: [large]\n  secondary-artifacts:\n"
    for number in 1...6 { buildspec += "    part\(number): {files: ['\(number)']}\n" }
    try place.write(buildspec, to: "source/buildspec.yml")
    var configuration = ""
    for (name, format) in [("a", "zip"), ("b", "tar.zst"), ("c", "none")] {
      configuration += "[artifacts \"\(name)\"]\n  store = file://\(place.path)/\(name)\n  format = \(format)\n"
      configuration += "  recipient = \(try Identity().recipient)\n"
    }
    self.configuration = configuration
    try place.write(configuration, to: "agent.conf")
  }

  private func entries(_ folder: String) -> [String] {
    (try? FileManager.default.subpathsOfDirectory(atPath: place.path + "/" + folder)) ?? []
  }

  /// The last step in the journal of the build that runs or has died.
  private func lastStage(_ build: KeptBuild) -> ArtifactStage? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: build.journals)) ?? []
    guard let name = names.first, let bytes = try? FileSystem.read(build.journals + "/" + name, limit: 1 << 20) else {
      return nil
    }
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      if case .stage(let stage)? = try? JSONDecoder().decode(JournalRecord.self, from: Data(line)) {
        stage
      } else {
        nil
      }
    }.last
  }

  /// Everything that a manifest in a store lists is there as it says, signed.
  private func checkListed() async throws {
    let keys = KeyDirectory(path: place.path + "/config/journeyman")
    for store in ["a", "b", "c"] {
      for entry in entries(store) where entry.hasSuffix("/manifest.json") {
        let trusted = try [keys.existingSigningKey()?.publicKey()].compactMap { $0 }
        let directory = place.path + "/" + store + "/" + String(entry.dropLast("/manifest.json".count))
        let found = try await Verification.check(try ArtifactDirectory(directory), trusting: trusted)
        #expect(found.isGood, "\(entry): \(found)")
      }
    }
  }

  /// After the next run: every build is listed in all stores or in none, and nothing else is there.
  private func checkClean() async throws {
    try await checkListed()
    let stores = ["a", "b", "c"].map { store in (store, entries(store)) }
    let builds = stores.map { Set($0.1.filter { $0.hasSuffix("/manifest.json") }.map { $0.split(separator: "/")[1] }) }
    #expect(builds[0] == builds[1] && builds[1] == builds[2])
    for (store, names) in stores {
      let files = names.filter { name in
        var status = stat()
        return lstat("\(place.path)/\(store)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      }
      // Seven artifacts, the manifest and the provenance.
      #expect(files.count == builds[0].count * 9, "\(files)")
    }
    let left = entries("output") + stores.flatMap(\.1)
    #expect(left.allSatisfy { !$0.hasSuffix(".partial") && !$0.hasPrefix(".stores") }, "\(left)")
    #expect(entries("state/journeyman/uploads") == [])
  }

  private func runToItsEnd() async throws {
    let build = try await KeptBuild.start(place)
    #expect(await build.process.wait().status == .exited(0), "\((try? terminal()) ?? "")")
  }

  private func terminal() throws -> String {
    String(decoding: try FileSystem.read(place.path + "/terminal", limit: 1 << 20), as: UTF8.self)
  }

  /// The keeper's worker: its child of the same program.
  private func worker(of build: KeptBuild) -> Int32? {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.compactMap { Int32($0) }.first { process in
      guard let bytes = try? FileSystem.read("/proc/\(process)/stat", limit: 4096) else { return false }
      let fields = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
      return fields.count > 1 && fields[1] == "\(build.process.processID)"
    }
  }

  /// Adds a store that is far away.
  private func use(_ server: StoreServer, flags: String) throws {
    let store = "[artifacts \"far\"]\n  store = \(server.url(flags: flags).dropLast())\n"
    try place.write(configuration + store, to: "agent.conf")
  }

  @Test(arguments: ArtifactStage.allCases) func theKeeperIsKilledInEachStep(stage: ArtifactStage) async throws {
    var isMet = false
    // The last step is short: a server that takes no listing holds it up.
    let server = stage == .list ? try await StoreServer() : nil
    // Another step can be over before the signal arrives; the journal tells.
    for _ in 0..<20 where !isMet {
      if let server { try use(server, flags: "nolist") }
      let build = try await KeptBuild.start(place)
      try await build.until { lastStage(build) == stage || access(place.output + "/result.json", F_OK) == 0 }
      build.process.signal(SIGKILL)
      _ = await build.process.wait()
      isMet = lastStage(build) == stage
      try await checkListed()
      if let server { try use(server, flags: "-") }
      try await runToItsEnd()
      try await checkClean()
    }
    #expect(isMet, "no build died in \(stage)")
  }

  @Test(arguments: [ArtifactStage.collect, .package, .seal])
  func theWorkerIsKilledInEachOfItsSteps(stage: ArtifactStage) async throws {
    var isMet = false
    for _ in 0..<20 where !isMet {
      let build = try await KeptBuild.start(place)
      try await build.until { lastStage(build) == stage || access(place.output + "/result.json", F_OK) == 0 }
      if let worker = worker(of: build) { kill(worker, SIGKILL) }
      let exit = await build.process.wait().status
      try await checkListed()
      #expect(entries("output").allSatisfy { !$0.hasSuffix(".partial") })
      isMet = exit == .exited(3)
      if isMet {
        let result = try JSONDecoder().decode(
          BuildResult.self, from: Data(FileSystem.read(place.output + "/result.json", limit: 1 << 20)))
        #expect(result.status == .fault)
      }
      try await runToItsEnd()
      try await checkListed()
    }
    #expect(isMet, "no worker died in \(stage)")
  }

  @Test func theKeeperIsKilledAtRandomMoments() async throws {
    let seed = UInt64.random(in: .min ... .max)
    print("theKeeperIsKilledAtRandomMoments: seed \(seed)")
    var generator = Splitmix(state: seed)
    let wanted = ProcessInfo.processInfo.environment["JOURNEYMAN_FULL"] == "1" ? 100 : 6
    let start = ContinuousClock.now
    try await runToItsEnd()
    let whole = ContinuousClock.now - start
    var stages: [String: Int] = [:]
    for _ in 0..<wanted {
      let build = try await KeptBuild.start(place)
      try await Task.sleep(for: whole * Double.random(in: 0...1, using: &generator))
      build.process.signal(SIGKILL)
      _ = await build.process.wait()
      stages[lastStage(build)?.rawValue ?? "before or after", default: 0] += 1
      try await checkListed()
      try await runToItsEnd()
      try await checkClean()
    }
    print("theKeeperIsKilledAtRandomMoments: \(stages)")
  }
}

/// Numbers that are the same for the same seed (splitmix64).
private struct Splitmix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }
}
