import Foundation
import JourneymanBuildModel
import JourneymanStores
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanKeeper

@Suite(.takingTurns) struct ArtifactDeliveryTests {
  private let path = NSTemporaryDirectory() + "journeyman-delivery-\(UUID().uuidString)"

  private func environment() -> BuildKeeper.Environment {
    BuildKeeper.Environment(
      worker: WorkerProgram(executable: "/bin/true", arguments: []),
      secrets: SecretResolver(Settings(), environment: [:]), executors: 1, display: .nothing,
      variables: ["HOME": path + "/home", "XDG_CONFIG_HOME": path + "/config"])
  }

  /// A build with one file for each of its stores.
  private func build(_ id: String, stores: [String: String]) throws -> (BuildRequest, BuildResult) {
    var settings = Settings()
    settings.agent.workdir = path + "/state"
    settings.artifactStores = stores.sorted { $0.key < $1.key }.map { ArtifactStoreSettings(name: $0, store: $1) }
    let request = BuildRequest(
      id: id, number: 1, project: "project", initiator: "test", source: .directory(path: path, inPlace: false),
      stateDirectory: path + "/state/work/" + id, outputDirectory: path + "/output", cacheDirectory: path + "/cache",
      settings: settings)
    var result = BuildResult(
      id: id, status: .succeeded, startedAt: .now(), finishedAt: .now(), source: SourceRevision(url: path))
    for name in stores.keys.sorted() {
      let file = ".stores/\(name)/x.zip"
      try FileSystem.makeDirectories(path + "/output/.stores/" + name)
      try FileSystem.writeAtomically(Array("content for \(name)".utf8), to: path + "/output/" + file)
      let local = try LocalFile(reading: path + "/output/" + file)
      var artifact = ArtifactResult(identifier: "x", file: file, bytes: local.bytes, sha256: local.sha256)
      artifact.store = name
      result.artifacts.append(artifact)
    }
    return (request, result)
  }

  private func delivery(_ request: BuildRequest) -> ArtifactDelivery { ArtifactDelivery(request, in: environment()) }

  private func log() throws -> SharedLog {
    try FileSystem.makeDirectories(path)
    var options = BuildLogOptions(outputDirectory: path)
    options.display = .nothing
    return try SharedLog(options)
  }

  private func journals() -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path + "/state/uploads")) ?? []
  }

  @Test func artifactsReachTheirStoresWithASignedManifest() async throws {
    defer { try? FileSystem.removeTree(path) }
    let (request, built) = try build("b1", stores: ["one": "file://\(path)/one", "two": "file://\(path)/two"])
    var result = built
    let (delivery, log) = (delivery(request), try log())
    let journal = await delivery.begin(log)
    #expect(journals().count == 1)
    await delivery.deliver(&result, journal, log)
    #expect(result.status == .succeeded)
    #expect(result.artifacts.map(\.file) == ["project/b1/x.zip", "project/b1/x.zip"])
    for store in ["one", "two"] {
      let folder = "\(path)/\(store)/project/b1/"
      #expect(try FileSystem.read(folder + "x.zip", limit: 100) == Array("content for \(store)".utf8))
      let manifest = try Manifest(parsing: FileSystem.read(folder + Manifest.fileName, limit: 1 << 20))
      #expect(manifest.files.map(\.file) == ["x.zip"])
      #expect(access(folder + Provenance.fileName, F_OK) == 0)
      #expect(access(path + "/output/.stores/" + store, F_OK) != 0)
    }
    #expect(journals() == [])
  }

  @Test func aStoreThatCannotBeUsedIsAFaultAndTheNextStartSettlesIt() async throws {
    defer { try? FileSystem.removeTree(path) }
    let good = "file://\(path)/one"
    var (request, result) = try build("b1", stores: ["one": good, "two": "file:///proc/nothing"])
    let (first, log) = (delivery(request), try log())
    await first.deliver(&result, await first.begin(log), log)
    #expect(result.status == .fault)
    request.settings.artifactStores[1].store = "file://\(path)/two"
    _ = await delivery(request).recover(.ofThisOutput)
    #expect(journals() == [])
    #expect(access(path + "/output/.stores", F_OK) != 0)
  }

  @Test func aBuildThatDiedLeavesNothingUnfinished() async throws {
    defer { try? FileSystem.removeTree(path) }
    let (request, _) = try build("b1", stores: [:])
    let died = delivery(request)
    do {
      let journal = await died.begin(try log())
      try FileSystem.makeDirectories(path + "/output/artifacts")
      try FileSystem.writeAtomically([1], to: path + "/output/artifacts/x.zip.age.partial")
      withExtendedLifetime(journal) {}
    }
    #expect(await died.recover(.others) == [])
    #expect(journals().count == 1, "it belongs to this output")
    // The thread that made the journal may let go of it, and so of its lock, a moment later.
    var outcomes: [BuildEvent.Kind] = []
    for _ in 0..<10_000 where outcomes.isEmpty {
      outcomes = await died.recover(.ofThisOutput)
      if outcomes.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
    }
    #expect(outcomes.count == 1)
    #expect(access(path + "/output/artifacts/x.zip.age.partial", F_OK) != 0)
    #expect(journals() == [])
  }

  @Test func withoutStoresTheJournalEndsWithTheBuild() async throws {
    defer { try? FileSystem.removeTree(path) }
    let (request, built) = try build("b1", stores: [:])
    var result = built
    let (delivery, log) = (delivery(request), try log())
    await delivery.deliver(&result, await delivery.begin(log), log)
    #expect(result.status == .succeeded && journals() == [])
  }

  @Test func oneStoreThatFailsLeavesTheOtherWhole() async throws {
    defer { try? FileSystem.removeTree(path) }
    try FileSystem.makeDirectories(path)
    try FileSystem.writeAtomically([], to: path + "/file")
    let (request, built) = try build("b1", stores: ["one": "file://\(path)/one", "two": "file://\(path)/file/two"])
    var result = built
    let (delivery, log) = (delivery(request), try log())
    await delivery.deliver(&result, await delivery.begin(log), log)
    #expect(result.status == .fault)
    let names = ["manifest.json", "provenance.json", "x.zip"]
    #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/one/project/b1").sorted() == names)
  }

  /// A worker says only what is in its store's folder.
  @Test(arguments: ["x", "artifacts/x.zip", ".stores/one", "/etc/passwd", ".stores/one/../../../state/x"])
  func aWorkerThatNamesSomethingElseIsRefused(file: String) async throws {
    defer { try? FileSystem.removeTree(path) }
    let (request, built) = try build("b1", stores: ["one": "file://\(path)/one"])
    var result = built
    result.artifacts[0].file = file
    let (delivery, log) = (delivery(request), try log())
    await delivery.deliver(&result, await delivery.begin(log), log)
    #expect(result.status == .fault)
    #expect(access(path + "/one/project", F_OK) != 0)
  }

  @Test func onlyTheWorkersOwnStepsAreNoted() async throws {
    defer { try? FileSystem.removeTree(path) }
    let (request, _) = try build("b1", stores: [:])
    let journal = await delivery(request).begin(try log())
    for stage in ArtifactStage.allCases { try ArtifactDelivery.note(stage, in: journal) }
    let name = try #require(journals().first)
    let text = String(decoding: try FileSystem.read(path + "/state/uploads/" + name, limit: 1 << 16), as: UTF8.self)
    let noted = ArtifactStage.allCases.filter { text.contains(#""\#($0.rawValue)""#) }
    #expect(noted == [.collect, .package, .seal])
    try journal?.close()
  }
}
