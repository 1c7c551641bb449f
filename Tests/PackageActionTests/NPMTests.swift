import Foundation
import JourneymanActionKit
import TestSupport
import Testing

/// npm packages, published to a small registry and installed with npm itself.
@Suite(.takingTurns) struct NPMTests {
  @Test(.enabled(if: Peers.areFound("npm", "python3"), "needs npm and python3"))
  func publishedAndInstalled() async throws {
    let bench = try Bench()
    let server = try await StubRegistry()
    try bench.write(
      #"{"name":"@acme/demo","version":"1.0.0","description":"größer","main":"index.js","keywords":["a/b"],"n":1.50}"#,
      to: "package/package.json")
    try bench.write("module.exports = 'hello from npm'\n", to: "package/index.js")
    try bench.write("# Demo\n", to: "package/README.md")
    let packed = try await bench.shell("npm pack ./package --silent && mkdir app && echo '{}' > app/package.json")
    try #require(packed.status == 0, "\(packed.errors)")
    var configuration: [String: Any] = [
      "type": "npm", "repository": server.url("npm"), "files": "*.tgz", "password": "token", "access": "public",
    ]
    let outcome = try await bench.publish(configuration)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    let put = try #require(try server.requests.first)
    #expect(put.path == "/npm/@acme%2fdemo")
    #expect(put.authorization == "Bearer the-token")

    // npm checks the integrity that was published against the tarball that it gets.
    let installed = try await bench.shell(
      "cd app && npm install --silent --no-audit --no-fund --cache \(bench.path)/cache --registry \(server.url("npm/")) "
        + "@acme/demo && node -e \"console.log(require('@acme/demo'))\"")
    #expect(installed.output.hasSuffix("hello from npm\n"), "\(installed.output)\(installed.errors)")

    #expect(try await bench.publish(configuration).status == .failed)
    configuration["skip-existing"] = true
    #expect(try await bench.publish(configuration).outputs["skipped"] == "1", "\(bench.log)")
  }
}
