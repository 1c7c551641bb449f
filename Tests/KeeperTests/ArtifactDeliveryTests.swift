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

  private func delivery(_ request: BuildRequest) throws -> ArtifactDelivery {
    try FileSystem.makeDirectories(path)
    var options = BuildLogOptions(outputDirectory: path)
    options.display = .nothing
    return ArtifactDelivery(request, in: environment(), log: try SharedLog(options))
  }

  private func journals() -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path + "/state/uploads")) ?? []
  }

  @Test func artifactsReachTheirStoresWithASignedManifest() async throws {
    defer { try? FileSystem.removeTree(path) }
    let (request, built) = try build("b1", stores: ["one": "file://\(path)/one", "two": "file://\(path)/two"])
    var result = built
    let delivery = try delivery(request)
    let journal = await delivery.begin()
    #expect(journals().count == 1)
    await delivery.deliver(&result, journal)
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
    let first = try delivery(request)
    await first.deliver(&result, await first.begin())
    #expect(result.status == .fault)
    request.settings.artifactStores[1].store = "file://\(path)/two"
    await (try delivery(request)).recover()
    #expect(journals() == [])
  }

  @Test func aBuildThatDiedLeavesNothingUnfinished() async throws {
    defer { try? FileSystem.removeTree(path) }
    let (request, _) = try build("b1", stores: [:])
    let died = try delivery(request)
    do {
      let journal = await died.begin()
      try FileSystem.makeDirectories(path + "/output/artifacts")
      try FileSystem.writeAtomically([1], to: path + "/output/artifacts/x.zip.age.partial")
      withExtendedLifetime(journal) {}
    }
    await died.recover()
    #expect(access(path + "/output/artifacts/x.zip.age.partial", F_OK) != 0)
    #expect(journals() == [])
  }

  @Test func withoutStoresTheJournalEndsWithTheBuild() async throws {
    defer { try? FileSystem.removeTree(path) }
    let (request, built) = try build("b1", stores: [:])
    var result = built
    let delivery = try delivery(request)
    await delivery.deliver(&result, await delivery.begin())
    #expect(result.status == .succeeded && journals() == [])
  }
}
