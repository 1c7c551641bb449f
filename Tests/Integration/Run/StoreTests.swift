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

  /// agent.conf's authority, client certificate, secret and proxy reach the server.
  @Test(.enabled(if: Peer.areFound("openssl")))
  func aStoreBehindTLSAndAStoreBehindAProxy() async throws {
    let certificates = try await TestCertificates()
    let server = try await StoreServer(certificates: certificates.path)
    var run = JourneymanRun(files: ["buildspec.yml": Self.buildspec])
    let mutual = """
      [artifacts "mutual"]
        store = \(server.secureURL("mutual", mutual: true))
        caFile = \(certificates.path)/ca.pem
        secret = store-token

      """
    run.configuration =
      mutual + """
          clientCertificate = \(certificates.path)/client.crt
          clientKey = \(certificates.path)/client.key
        [artifacts "proxied"]
          store = \(server.url("proxied"))
          proxy = http://\(server.proxy)
          authorization = basic
          username = builder
          secret = store-token
        [secret "store-token"]
          env = STORE_TOKEN

        """
    run.environment = ["STORE_TOKEN": "s3cret-of-the-store"]
    let build = try await run.run(in: BuildPlace())
    #expect(build.result.status == .succeeded, "\(build.log)")
    let requests = try server.requests().filter { $0.method == "PUT" }
    for (store, name, authorization) in [
      ("mutual", "mutual", "Bearer s3cret-of-the-store"),
      ("proxied", "plain", "Basic " + Data("builder:s3cret-of-the-store".utf8).base64EncodedString()),
    ] {
      let puts = requests.filter { $0.path.contains("/\(store)/") }
      #expect(puts.count == 3)
      for put in puts {
        #expect(put.server == name && put.headers["authorization"] == authorization)
        #expect(put.proxied == (store == "proxied"))
      }
      let manifest = try #require(server.stored("\(store)/source/\(build.result.id)/manifest.json"))
      #expect(try Manifest(parsing: manifest).files.map(\.file) == ["artifacts.zip"])
    }
    #expect(!build.log.contains("s3cret-of-the-store") && !build.output.contains("s3cret-of-the-store"))

    // Without the certificate the server takes nothing, and the build says whose fault it is.
    run.configuration = mutual + "[secret \"store-token\"]\n  env = STORE_TOKEN\n"
    let refused = try await run.run(in: BuildPlace())
    #expect(refused.result.status != .succeeded)
    #expect(refused.log.contains("mutual"), "\(refused.log)")
  }

  /// A second machine believes what the first has built once agent.conf names its key.
  @Test func theKeysOfAgentConfAreTrusted() async throws {
    let (builder, reader) = (try BuildPlace(), try BuildPlace())
    let build = try await JourneymanRun(files: ["buildspec.yml": Self.buildspec]).run(in: builder)
    #expect(build.result.status == .succeeded, "\(build.log)")
    let before = try await reader.journeyman(["artifact", "verify", builder.output])
    #expect(before.status == 1)
    let keys = KeyDirectory(path: builder.path + "/config/journeyman")
    let key = try #require(try keys.existingSigningKey()).publicKey()
    try reader.write("\(key)\n", to: "builder.pub")
    try reader.write("[signing]\n  trusted = \(reader.path)/builder.pub\n", to: "config/journeyman/agent.conf")
    let after = try await reader.journeyman(["artifact", "verify", builder.output])
    #expect(after.status == 0, "\(after.output)\(after.errors)")
    try FileSystem.writeAtomically([0], to: builder.output + "/artifacts/artifacts.zip")
    let changed = try await reader.journeyman(["artifact", "verify", builder.output])
    #expect(changed.status == 1 && changed.output.contains("artifacts/artifacts.zip"))
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
