import Foundation
import JourneymanBuildModel
import JourneymanSandbox
import JourneymanSealing
import JourneymanStores
import JourneymanSupport
import TestSupport
import Testing

/// What `journeyman run` leaves in the stores of agent.conf.
@Suite(.takingTurns) struct StoreTests {
  private static let buildspec =
    String.building("mkdir -p d/sub", "echo text > d/sub/file", "ln -s sub/file d/link")
    + "artifacts:\n  files: ['**/*']\n  base-directory: d\n  enable-symlinks: yes\n"

  private func open(_ file: String, _ identity: Identity) throws -> [UInt8]? {
    let scratch = NSTemporaryDirectory() + "journeyman-opened-\(UUID().uuidString)"
    defer { unlink(scratch) }
    do throws(SealingError) {
      try EnvelopeFile.open(file, to: scratch, with: Keys(identities: [identity]))
    } catch {
      #expect(error.code == .noMatchingKey)
      return nil
    }
    return try FileSystem.read(scratch, limit: 1 << 20)
  }

  /// Each store's copy can be opened with that store's identity only; a folder's files are sealed too.
  @Test func eachStoreHasItsOwnRecipients() async throws {
    let place = try BuildPlace()
    let identities = try ["zip", "tar.zst", "none"].map { ($0, try Identity()) }
    var run = JourneymanRun(files: ["buildspec.yml": Self.buildspec])
    for (format, identity) in identities {
      run.configuration += """
        [artifacts "\(format)"]
          store = file://\(place.path)/\(format)
          format = \(format)
          recipient = \(identity.recipient)

        """
    }
    let own = try Identity()
    run.arguments = ["--recipient", "\(own.recipient)"]
    let build = try await run.run(in: place)
    #expect(build.result.status == .succeeded, "\(build.log)")
    #expect(!build.output.contains(".stores") && !build.log.contains(".stores"), "\(build.output)")
    #expect(access(place.output + "/.stores", F_OK) != 0)
    let folder = "source/\(build.result.id)/"
    let files = [
      "zip": ["artifacts.zip.age"], "tar.zst": ["artifacts.tar.zst.age"],
      "none": ["artifacts/link.age", "artifacts/sub/file.age"],
    ]
    let trusted = try #require(try KeyDirectory(path: place.path + "/config/journeyman").existingSigningKey())
      .publicKey()
    for (format, identity) in identities {
      let store = "\(place.path)/\(format)/\(folder)"
      #expect(build.output.contains("stored \(format == "none" ? 4 : 3) file(s) in file://\(store.dropLast())"))
      let manifest = try Manifest(parsing: FileSystem.read(store + "manifest.json", limit: 1 << 20))
      #expect(manifest.files.map(\.file) == files[format])
      for file in manifest.files {
        #expect(file.sealing == .recipients && file.recipients == ["\(identity.recipient)"])
        let content = try #require(try open(store + file.file, identity))
        #expect(try Digest.sha256(of: content) == file.plainSHA256)
        if format == "none" { #expect(content == Array("text\n".utf8)) }
        for (other, stranger) in identities + [("own", own)] where other != format {
          #expect(try open(store + file.file, stranger) == nil)
        }
      }
      #expect(try await Verification.check(try ArtifactDirectory(store), trusting: [trusted]).isGood)
      #expect(try await !Verification.check(try ArtifactDirectory(store), trusting: [SigningKey().publicKey()]).isGood)
    }
    #expect(try open(place.output + "/artifacts/artifacts.zip.age", own) != nil)
  }

  /// Ctrl-C while a server does not answer: the build ends, and nothing of it is in any store.
  @Test func anInterruptionStopsAnUpload() async throws {
    let place = try BuildPlace()
    let server = try await StoreServer()
    try place.write(Self.buildspec, to: "source/buildspec.yml")
    try place.write(
      """
      [artifacts "far"]
        store = \(server.url(script: "silent").dropLast())
      [artifacts "near"]
        store = file://\(place.path)/near
      """, to: "agent.conf")
    let keeper = try await KeptBuild.start(place)
    try await keeper.until { (try? server.requests().contains { $0.method == "PUT" }) == true }
    keeper.process.signal(SIGINT)
    #expect(await keeper.process.wait().status == .exited(130))
    let result = try JSONDecoder().decode(
      BuildResult.self, from: Data(FileSystem.read(place.output + "/result.json", limit: 1 << 20)))
    #expect(result.status == .stopped)
    #expect(try FileManager.default.contentsOfDirectory(atPath: keeper.journals) == [])
    #expect(access(place.output + "/.stores", F_OK) != 0)
    #expect(server.stored("source/\(result.id)/artifacts.zip") == nil)
    let near = (try? FileManager.default.subpathsOfDirectory(atPath: place.path + "/near")) ?? []
    #expect(!near.contains { $0.hasSuffix(".partial") })
  }
}

/// `journeyman run` as a process that a test ends in its own way.
struct KeptBuild {
  let process: ChildProcess
  private let place: BuildPlace
  /// Where its journal is.
  var journals: String { place.path + "/state/journeyman/uploads" }

  /// Starts a build of what stands in a place.
  static func start(_ place: BuildPlace) async throws -> KeptBuild {
    var variables = StandardPaths.processEnvironment
    for (name, folder) in ["XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"] {
      variables[name] = place.path + "/" + folder
    }
    let log = try FileSystem.open(place.path + "/terminal", flags: O_WRONLY | O_CREAT | O_TRUNC)
    let process = try await ChildProcess.start(
      ChildProcess.Configuration(
        executable: try TestProgram.products + "/journeyman",
        arguments: [
          "run", place.source, "--output", place.output, "--sandbox", "off", "--config", place.path + "/agent.conf",
        ], environment: variables, standardOutput: log.number, standardError: log.number))
    return KeptBuild(process: process, place: place)
  }

  /// Waits until something holds; a process that ends before is an error.
  func until(_ holds: () -> Bool) async throws {
    for _ in 0..<60_000 {
      if holds() { return }
      try await Task.sleep(for: .milliseconds(1))
    }
    process.signal(SIGKILL)
    throw SystemError("wait for the build", number: ETIMEDOUT)
  }
}
