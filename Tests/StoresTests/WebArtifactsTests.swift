import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanStores

/// Verifying what lies on a web server, which may answer anything.
@Suite(
  .takingTurns, .enabled(if: TestProgram.find("python3") != nil || StandardPaths.processEnvironment["CI"] == "true"))
struct WebArtifactsTests {
  /// Serves a directory on a free port of this machine while `body` runs.
  private func serving(_ build: SignedBuild, _ body: (String) async throws -> Void) async throws {
    let script = """
      import functools, http.server, os, sys, threading, time
      root = sys.argv[1]
      class Handler(http.server.SimpleHTTPRequestHandler):
          def do_GET(self):
              if os.path.exists(root + "/broken"):
                  return self.send_error(500)
              if self.path.startswith("/moved/"):
                  self.send_response(302)
                  self.send_header("Location", self.path[6:])
                  return self.end_headers()
              super().do_GET()
      server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=root))
      threading.Thread(target=server.serve_forever, daemon=True).start()
      with open(root + "/port.new", "w") as file:
          file.write(str(server.server_port))
      os.rename(root + "/port.new", root + "/port")
      while not os.path.exists(root + "/stop"):
          time.sleep(0.02)
      """
    let python = try #require(TestProgram.find("python3"))
    async let server = TestProgram.run(python, ["-c", script, build.directory], timeout: .seconds(100))
    var port: String?
    for _ in 0..<3000 where port == nil {
      try await Task.sleep(for: .milliseconds(20))
      port = (try? build.read("port")).map { String(decoding: $0, as: UTF8.self) }
    }
    let result: Result<Void, any Error>
    do {
      result = .success(try await body("http://127.0.0.1:\(try #require(port, "the server did not start"))"))
    } catch {
      result = .failure(error)
    }
    try build.write("stop", "")
    _ = try await server
    try result.get()
  }

  @Test func verifiesWhatIsServed() async throws {
    let build = try SignedBuild()
    try build.write("artifacts/large", String(decoding: [UInt8](repeating: 65, count: 3_000_000), as: UTF8.self))
    var manifest = try build.manifest()
    let digest = try await ArtifactDirectory(build.directory).digest("artifacts/large", limit: .max)
    manifest.files.append(
      ManifestFile(
        file: "artifacts/large", identifier: "large", bytes: 3_000_000, sha256: try #require(digest).sha256))
    try SignedBuild.provenance.write(manifest, to: build.directory, signedBy: build.key)

    try await serving(build) { address in
      for place in [address, address + "/", address + "/moved"] {
        let result = try await Verification.check(WebArtifacts(place), trusting: [build.trusted])
        #expect(result.isGood, "\(place): \(result.differences) \(result.signer)")
      }
      try build.write("artifacts/docs/index.html", "<p>dogs")
      try build.write("artifacts/site.zip.age", "the sealed site, and then something more")
      #expect(unlink(build.path("artifacts/docs/deep/page.html")) == 0)
      let result = try await Verification.check(WebArtifacts(address), trusting: [build.trusted])
      let found = Dictionary(uniqueKeysWithValues: result.differences.map { ($0.file, $0.difference) })
      #expect(found.count == 3 && found["artifacts/docs/deep/page.html"] == .missing)
      guard case .content = found["artifacts/docs/index.html"], case .unreadable = found["artifacts/site.zip.age"]
      else {
        Issue.record("\(found)")
        return
      }
      try build.write("broken", "")
      await #expect(throws: AttestationError.self) {
        try await Verification.check(WebArtifacts(address), trusting: [build.trusted])
      }
    }
  }

  @Test func refusesOtherAddresses() throws {
    #expect(WebArtifacts.recognizes("HTTPS://x/y") && WebArtifacts.recognizes("http://x"))
    #expect(!WebArtifacts.recognizes("https") && !WebArtifacts.recognizes("./http:/x"))
    #expect(throws: AttestationError.self) { try WebArtifacts("https://") }
    #expect(throws: AttestationError.self) { try WebArtifacts("https://user:password@example.org/x") }
  }

  @Test func saysThatNobodyAnswers() async throws {
    // Port 1 of this machine is nobody's.
    let place = try WebArtifacts("http://127.0.0.1:1/x")
    let error = await #expect(throws: AttestationError.self) { try await place.read("manifest.json", limit: 10) }
    #expect(error?.code == .system)
    await #expect(throws: AttestationError.self) { try await place.digest("artifacts/x", limit: 10) }
    await #expect(throws: AttestationError.self) { try await place.read("../x", limit: 10) }
  }
}
