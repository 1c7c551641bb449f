import Foundation
import JourneymanSupport
import Testing

/// An authority, a server and a client certificate for `localhost`, made by openssl, and an authority nobody trusts.
public final class TestCertificates: Sendable {
  /// A directory with `ca.pem`, `stranger.pem`, `server.pem`, `client.crt` and `client.key`.
  public let path: String

  /// Makes them; they are removed with the object.
  public init() async throws {
    path = NSTemporaryDirectory() + "journeyman-tls-\(UUID().uuidString)"
    try FileSystem.makeDirectories(path, mode: 0o700)
    let openssl = try #require(TestProgram.find("openssl"))
    func run(_ arguments: String) async throws {
      let outcome = try await TestProgram.run(
        openssl, arguments.split(separator: " ").map(String.init), directory: path)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    for (name, subject) in [("ca", "/CN=Test-CA"), ("stranger", "/CN=Stranger")] {
      try await run("req -x509 \(key) -days 2 -subj \(subject) -keyout \(name).key -out \(name).pem")
    }
    for (name, subject) in [("server", "/CN=localhost"), ("client", "/CN=client")] {
      try await run(
        "req \(key) -subj \(subject) -keyout \(name).key -out \(name).csr -addext subjectAltName=DNS:\(subject.dropFirst(4))"
      )
      try await run(
        "x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out \(name).crt -copy_extensions copy"
      )
    }
    let both = try ["server.crt", "server.key"].flatMap { try FileSystem.read(path + "/" + $0, limit: 1 << 16) }
    try FileSystem.writeAtomically(both, to: path + "/server.pem")
  }

  deinit { try? FileSystem.removeTree(path) }
}
