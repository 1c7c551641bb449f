import Foundation
import JourneymanActionKit
import TestSupport
import Testing

@testable import PackageAction

/// How each server says that it has a package, and what only looks like it.
@Suite(.takingTurns) struct ExistingTests {
  @Test(arguments: [
    // pypiserver 2.4, older ones, PyPI, Nexus, Artifactory, GitLab, CodeArtifact and devpi
    (400, "<html><pre>File &#x27;demo-1.0.tar.gz&#x27; already exists!</pre>", true),
    (409, "Package already exists", true),
    (400, "File already exists ('demo-1.0-py3-none-any.whl', with blake2_256 hash 'aa')", true),
    (400, "This filename has already been used, use a different version. The file name has already been used", true),
    (400, "Repository does not allow updating assets: pypi-hosted", true),
    (403, "Not enough permissions to delete/overwrite artifact 'pypi:demo/1.0/demo-1.0.tar.gz'", true),
    (400, "Validation failed: File name has already been taken", true),
    (409, "demo-1.0.tar.gz already exists in non-volatile index", true),
    (400, "Invalid value for classifiers", false), (403, "Invalid or non-existent authentication information.", false),
    (401, "already exists", false), (500, "already exists", false), (404, "", false),
  ])
  func pypi(status: Int, text: String, isThere: Bool) {
    #expect(PyPIPublisher.isAlreadyThere(WebResponse(status: status, body: Array(text.utf8))) == isThere)
  }

  @Test(
    .enabled(if: Peers.areFound("python3"), "needs python3"),
    arguments: [
      (403, "You cannot publish over the previously published versions: 1.0.0.", true),
      (409, "Cannot publish over existing version", true), (400, "the version is already present", true),
      (403, "you do not have permission", false), (400, "bad request", false), (402, "payment required", false),
    ])
  func npm(status: Int, text: String, isThere: Bool) async throws {
    let bench = try Bench()
    let server = try await StubRegistry()
    try bench.write(#"{"name":"demo","version":"1.0.0"}"#, to: "package/package.json")
    try #require(try await bench.shell("tar czf demo.tgz package").status == 0)
    let escaped = try #require(text.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
    let outcome = try await bench.publish([
      "type": "npm", "repository": server.url("says/\(status)/\(escaped)"), "files": "demo.tgz", "password": "token",
      "skip-existing": true,
    ])
    #expect(outcome.status == (isThere ? .succeeded : .failed), "\(outcome.message)")
    #expect(outcome.outputs["skipped"] == (isThere ? "1" : "0"))
    if !isThere { #expect(outcome.message.contains("HTTP \(status): \(text)"), "\(outcome.message)") }
  }

  /// Nothing is sent, whatever kind of repository it is, and all that can be told beforehand is told.
  @Test(
    .enabled(if: Peers.areFound("python3"), "needs python3"),
    arguments: [
      ("pypi", "dist/*.whl", "Demo.Package 1.0 (demo_package-1.0-py3-none-any.whl) at URL"),
      ("npm", "demo.tgz", "demo@1.0.0 at URL/demo"), ("maven", "pom.xml", "com.acme:all:1.0 at URL/com/acme/all/1.0"),
      ("generic", "demo.tgz", "demo.tgz at URL/demo.tgz"),
      ("oci", "demo.tgz", "raw/all:latest at 127.0.0.1:"),
    ])
  func aDryRun(type: String, files: String, words: String) async throws {
    let bench = try Bench()
    let server = try await StubRegistry()
    try await PyPITests.makeDistributions(bench)
    try bench.write(#"{"name":"demo","version":"1.0.0"}"#, to: "package/package.json")
    try bench.write(
      """
      <project><groupId>com.acme</groupId><artifactId>all</artifactId><version>1.0</version><packaging>pom</packaging>
      </project>
      """, to: "pom.xml")
    try #require(try await bench.shell("tar czf demo.tgz package").status == 0)
    let url = server.url("raw/all")
    let outcome = try await bench.publish([
      "type": type, "repository": url, "files": files, "password": "token", "dry-run": true,
    ])
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    #expect(outcome.message.hasSuffix("nothing was sent"))
    #expect(
      bench.log.contains("info: would publish  " + words.replacingOccurrences(of: "URL", with: url)), "\(bench.log)")
    #expect(try server.requests.isEmpty)
  }
}
