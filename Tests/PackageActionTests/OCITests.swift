import Foundation
import JourneymanActionKit
import JourneymanSupport
import TestSupport
import Testing

/// Files and images, pushed to Debian's docker-registry and fetched with skopeo.
@Suite(.takingTurns) struct OCITests {
  private static let configuration = """
    version: 0.1
    storage:
      filesystem: {rootdirectory: @DIRECTORY@/data}
    http:
      addr: 127.0.0.1:@PORT@
    log: {level: error}
    """

  private func registry() async throws -> PeerServer {
    try await PeerServer("docker-registry", files: ["config.yml": Self.configuration]) { directory, _ in
      ["serve", directory + "/config.yml"]
    }
  }

  @Test(.enabled(if: Peers.areFound("docker-registry", "skopeo"), "needs docker-registry and skopeo"))
  func filesInChunks() async throws {
    let bench = try Bench()
    let server = try await registry()
    let large = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try bench.write(large, to: "dist/large.bin")
    try bench.write("small\n", to: "dist/small.txt")
    try bench.write([], to: "dist/empty")
    let configuration: [String: Any] = [
      "type": "oci", "repository": server.url + "/team/demo", "files": "dist/*", "tag": ["1.0", "latest"],
      "chunk-size": 65_536,
    ]
    let outcome = try await bench.publish(configuration)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    for tag in ["1.0", "latest"] {
      let copied = try await bench.shell(
        "skopeo copy --src-tls-verify=false docker://127.0.0.1:\(server.port)/team/demo:\(tag) dir:\(bench.path)/\(tag)"
      )
      try #require(copied.status == 0, "\(copied.errors)")
      let manifest = try FileSystem.read("\(bench.path)/\(tag)/manifest.json", limit: 1 << 20)
      let layers = try JSONDecoder().decode(Fetched.self, from: Data(manifest)).layers
      #expect(layers.map(\.title) == ["empty", "large.bin", "small.txt"])
      let sent = [[], large, Array("small\n".utf8)]
      for (layer, content) in zip(layers, sent) {
        #expect(try FileSystem.read("\(bench.path)/\(tag)/\(layer.digest.dropFirst(7))", limit: 1 << 20) == content)
      }
    }
    let again = try await bench.publish(configuration)
    #expect(again.outputs["skipped"] == "1", "\(again.message)")

    // A tag that shows something else moves, unless what is there may stay.
    try bench.write("changed\n", to: "dist/small.txt")
    #expect(try await bench.publish(configuration.merging(["skip-existing": true]) { $1 }).outputs["skipped"] == "1")
    #expect(try await bench.publish(configuration).outputs["published"] == "1")
  }

  @Test(.enabled(if: Peers.areFound("docker-registry", "skopeo"), "needs docker-registry and skopeo"))
  func imageLayout() async throws {
    let bench = try Bench()
    let server = try await registry()
    try bench.write(Self.layout, to: "layout.py")
    let made = try await bench.shell("python3 layout.py")
    try #require(made.status == 0, "\(made.errors)")
    let configuration: [String: Any] = [
      "type": "oci", "repository": server.url + "/image", "layout": "image", "tag": "v1",
    ]
    let outcome = try await bench.publish(configuration)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    let copied = try await bench.shell(
      "skopeo copy --src-tls-verify=false docker://127.0.0.1:\(server.port)/image:v1 oci:\(bench.path)/copy:v1 && "
        + "ls \(bench.path)/copy/blobs/sha256 | sort > a; ls image/blobs/sha256 | sort > b; cmp a b")
    #expect(copied.status == 0, "\(copied.errors)")

    // One byte that does not belong there, and nothing is sent.
    let damaged = try await bench.shell("f=$(ls -S image/blobs/sha256/* | head -1); printf x >> $f")
    try #require(damaged.status == 0)
    await #expect { try await bench.publish(configuration) } throws: { "\($0)".contains("is damaged") }
  }

  /// A registry in front of which the answer to one chunk is lost, and later a whole one.
  @Test(.enabled(if: Peers.areFound("docker-registry", "skopeo", "python3"), "needs docker-registry and skopeo"))
  func anUploadGoesOnWhereItBrokeOff() async throws {
    let bench = try Bench()
    let server = try await registry()
    let breaking = try await StubRegistry("oci-registry.py", ["\(server.port)"])
    let large = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try bench.write(large, to: "large.bin")
    let outcome = try await bench.publish([
      "type": "oci", "repository": breaking.url("breaking/demo"), "files": "large.bin", "chunk-size": 65_536,
    ])
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    #expect(bench.log.contains("going on behind 65536 bytes"), "\(bench.log)")
    let ranges = try breaking.requests.filter { $0.method == "PATCH" }.compactMap(\.range)
    // Lost without an answer: from the start. Lost before it came: once more from there.
    #expect(
      ranges == [
        "0-65535", "0-65535", "65536-131071", "65536-131071", "131072-196607", "196608-262143", "262144-299999",
      ])
    let copied = try await bench.shell(
      "skopeo copy --src-tls-verify=false docker://127.0.0.1:\(server.port)/breaking/demo:latest dir:\(bench.path)/copy && "
        + "cmp large.bin \(bench.path)/copy/$(sha256sum large.bin | cut -c1-64)")
    #expect(copied.status == 0, "\(copied.errors)")
    withExtendedLifetime(server) {}
  }

  @Test(.enabled(if: Peers.areFound("python3"), "needs python3"))
  func credentialsStayWithTheRegistry() async throws {
    let bench = try Bench()
    let server = try await StubRegistry("oci-registry.py", ["0"])
    try bench.write("hello\n", to: "a.txt")
    func publish(_ name: String, _ more: [String: Any] = [:]) async throws -> ActionOutcome {
      let configuration: [String: Any] = [
        "type": "oci", "repository": server.url("\(name)/demo"), "files": "a.txt", "username": "anna",
        "password": "token",
      ]
      return try await bench.publish(configuration.merging(more) { $1 })
    }
    // Blobs go where the registry wants them, the password does not.
    let away = try await publish("away")
    #expect(away.status == .succeeded, "\(away.message)")
    let foreign = try server.requests.filter { $0.port != server.port }
    #expect(foreign.count == 2 && foreign.allSatisfy { $0.method == "PUT" && $0.authorization == nil }, "\(foreign)")
    #expect(try server.requests.allSatisfy { $0.port != server.port || $0.authorization?.hasPrefix("Basic ") ?? false })

    // A token of the registry's own server, by the password; then the token alone.
    let token = try await publish("token")
    #expect(token.status == .succeeded, "\(token.message)")
    let put = try #require(try server.requests.last { $0.path.hasPrefix("/v2/token/demo/manifests/") })
    #expect(put.authorization == "Bearer a-token-for-service=demo&scope=repository%3Atoken%2Fdemo%3Apull%2Cpush")

    // Another server gets the password only if the configuration names it.
    let before = try server.requests.count { $0.port != server.port }
    let refused = try await publish("token-away")
    #expect(refused.message.contains("wants the password sent to http://127.0.0.1:"), "\(refused.message)")
    #expect(try server.requests.count { $0.port != server.port } == before)
    let origin = try #require(
      refused.message.components(separatedBy: "token-server: ").last?.components(separatedBy: ";").first)
    let named = try await publish("token-away", ["token-server": origin])
    #expect(named.status == .succeeded, "\(named.message)")
    let asked = try server.requests.filter { $0.port != server.port }.dropFirst(before)
    #expect(asked.count == 1 && asked.first?.authorization?.hasPrefix("Basic ") ?? false, "\(asked)")
  }

  @Test(
    .enabled(if: Peers.areFound("python3"), "needs python3"),
    arguments: [
      ("partial", "lost its place"), ("looping", "redirects are not followed"), ("liar", nil),
    ] as [(String, String?)])
  func registriesThatMisbehave(name: String, words: String?) async throws {
    let bench = try Bench()
    let server = try await StubRegistry("oci-registry.py", ["0"])
    try bench.write([UInt8](repeating: 65, count: 5000), to: "a.txt")
    let outcome = try await bench.publish([
      "type": "oci", "repository": server.url("\(name)/demo"), "files": "a.txt", "chunk-size": 1024,
    ])
    #expect(outcome.status == (words == nil ? .succeeded : .failed), "\(outcome.message)")
    if let words { #expect(outcome.message.contains(words), "\(outcome.message)") }
    #expect(try server.requests.count < 30)
  }

  private struct Fetched: Decodable {
    struct Layer: Decodable {
      var digest: String
      var annotations: [String: String]
      var title: String? { annotations["org.opencontainers.image.title"] }
    }
    var layers: [Layer]
  }

  private static let layout = """
    import gzip, hashlib, io, json, os, tarfile
    os.makedirs("image/blobs/sha256")
    def blob(data, kind):
      digest = hashlib.sha256(data).hexdigest()
      open("image/blobs/sha256/" + digest, "wb").write(data)
      return {"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + digest, "size": len(data)}
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
      entry = tarfile.TarInfo("hello")
      entry.size = 5
      tar.addfile(entry, io.BytesIO(b"hello"))
    layer = blob(gzip.compress(raw.getvalue(), mtime=0), "layer.v1.tar+gzip")
    config = blob(json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids":
      ["sha256:" + hashlib.sha256(raw.getvalue()).hexdigest()]}}).encode(), "config.v1+json")
    manifest = blob(json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "config": config, "layers": [layer]}).encode(), "manifest.v1+json")
    json.dump({"schemaVersion": 2, "manifests": [manifest]}, open("image/index.json", "w"))
    json.dump({"imageLayoutVersion": "1.0.0"}, open("image/oci-layout", "w"))
    """
}
