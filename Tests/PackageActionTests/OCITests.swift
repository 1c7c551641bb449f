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
