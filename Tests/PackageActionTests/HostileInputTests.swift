import Foundation
import JourneymanActionKit
import TestSupport
import Testing

@testable import JourneymanActionHost
@testable import PackageAction

/// Files and servers that lie.
@Suite(.takingTurns) struct HostileInputTests {
  @Test func metadataReadersSurviveAnyBytes() throws {
    var generator = SplitMix(state: 42)
    let metadata = Array("Metadata-Version: 2.1\nName: a\nVersion: 1\nSummary: x\n more\n\nbody\n".utf8)
    let pom = Array(
      "<project><parent><groupId>a.b</groupId></parent><artifactId>c</artifactId><version>1.0</version></project>".utf8)
    let json = Array(#"{"name":"@a/b","version":"1.0.0-x+y","publishConfig":{"tag":"t"},"x":[{}]}"#.utf8)
    var accepted = 0
    for _ in 0..<4000 {
      if (try? DistributionMetadata(mutated(metadata, &generator))) != nil { accepted += 1 }
      if let package = try? NPMPackage(packageJSON: mutated(json, &generator), readme: nil) {
        #expect(NPMPackage.isName(package.name) && !package.name.contains(".."))
      }
      if let pom = try? MavenPOM(mutated(pom, &generator)) {
        #expect(!pom.coordinates.description.contains { "/\\ \r\n$".contains($0) })
      }
    }
    #expect(accepted > 0 && accepted < 4000)
  }

  private func mutated(_ bytes: [UInt8], _ generator: inout SplitMix) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...6, using: &generator) {
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
      default: bytes.removeLast(min(3, bytes.count - 1))
      }
    }
    return bytes
  }

  @Test(arguments: [
    "ftp://a/b", "https://user@a/", "https://a@b:1/", "https:///x", "https://a b/", "https://a/../b",
    "https://a/%2e%2e/b",
    "https://a\\b/", "https://a:99999/", "https://a/?q", "https://a/#f", "https://[::1/", "//a/b", "https://a/\r\nX: y",
  ])
  func addressesThatCouldMeanAnotherHost(text: String) {
    #expect(throws: PackageError.self) { try RepositoryAddress(text) }
  }

  @Test func passwordsStayOffPlainHTTP() async throws {
    let bench = try Bench()
    await #expect {
      try await bench.publish([
        "type": "generic", "repository": "http://example.org/", "files": "*", "password": "token",
      ])
    } throws: { "\($0)".contains("plain-http") }
  }

  @Test func aWheelIsWhatItIsNamed() async throws {
    let bench = try Bench()
    try await PyPITests.makeDistributions(bench)
    try await bench.shell("mv dist/demo_package-1.0-py3-none-any.whl dist/other-1.0-py3-none-any.whl")
    await #expect {
      try await bench.publish(["type": "pypi", "repository": "http://127.0.0.1:1/", "files": "dist/*.whl"])
    } throws: { "\($0)".contains("says inside that it is Demo.Package 1.0") }
  }

  /// Names that would lead elsewhere in a path, or begin a header of their own.
  @Test(arguments: [
    "../evil", "a/../../b", "@a/../b", "a\\r\\nX-Evil: y", "a b", ".a", "", "a%2fb", "@/a", "@a/b/c", "a?b", "a#b",
  ])
  func namesOfNPMPackagesThatLeadElsewhere(name: String) {
    let json = Array(#"{"name":"\#(name)","version":"1.0.0"}"#.utf8)
    #expect(throws: PackageError.self) { try NPMPackage(packageJSON: json, readme: nil) }
    let version = Array(#"{"name":"a","version":"1.0.0/\#(name)"}"#.utf8)
    #expect(throws: PackageError.self) { try NPMPackage(packageJSON: version, readme: nil) }
  }

  @Test(arguments: [
    ("..", "a", "1"), ("a..b", "a", "1"), ("a/b", "a", "1"), ("a", "../b", "1"), ("a", "b", "1/../2"), ("a", "b", ".."),
    ("a", "b", "1\r\nX: y"), ("a", "b", "${revision}"), ("a", "b c", "1"), ("", "b", "1"), ("a", "b", "1%2f"),
    ("a.", "b", "1"), ("a", "b", String(repeating: "1", count: 300)),
  ])
  func coordinatesThatLeadElsewhere(group: String, artifact: String, version: String) {
    let text =
      "<project><groupId>\(group)</groupId><artifactId>\(artifact)</artifactId><version>\(version)</version></project>"
    #expect(throws: PackageError.self) { try MavenPOM(Array(text.utf8)) }
  }

  @Test(arguments: [
    "Name: ../a\nVersion: 1", "Name: a\nVersion: 1/../2", "Name: a\nVersion: 1\rX: y", "Name: a\nVersion: 1\"; x",
    "Name: a\nName: b\nVersion: 1", "Version: 1", "Name: a\n\nVersion: 1",
  ])
  func namesOfDistributionsThatLeadElsewhere(fields: String) {
    #expect(throws: PackageError.self) { try DistributionMetadata(Array("Metadata-Version: 2.1\n\(fields)\n".utf8)) }
  }

  @Test func namesOfFilesThatBeginALineOfTheirOwn() async throws {
    let bench = try Bench()
    try bench.write("x", to: "a\r\nX-Evil: y.txt")
    await #expect {
      try await bench.publish(["type": "generic", "repository": "http://127.0.0.1:1/", "files": "*"])
    } throws: { "\($0)".contains("control characters") }
    try bench.write("x", to: "b/a\"; x-1-py3-none-any.whl")
    await #expect {
      try await bench.publish(["type": "pypi", "repository": "http://127.0.0.1:1/", "files": "b/*"])
    } throws: { "\($0)".contains("has a name that no distribution can have") }
  }

  /// Entries that would lie outside, were the archive unpacked, are none of a package's own files.
  @Test func entriesOfArchivesThatLeadOut() async throws {
    let bench = try Bench()
    try bench.write(
      """
      import io, tarfile, zipfile
      meta = "Metadata-Version: 2.1\\nName: a\\nVersion: 1\\n"
      with zipfile.ZipFile("a-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("../../a-1.dist-info/METADATA", meta)
        wheel.writestr("/a-1.dist-info/METADATA", meta)
      with zipfile.ZipFile("a-1.jar", "w") as jar:
        jar.writestr("META-INF/maven/../a/b/pom.xml", "<project/>")
      with tarfile.open("a-1.tgz", "w:gz") as package:
        for name in ("../../package.json", "/etc/package.json"):
          entry = tarfile.TarInfo(name)
          entry.size = 2
          package.addfile(entry, io.BytesIO(b"{}"))
        link = tarfile.TarInfo("package/package.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        package.addfile(link)
      """, to: "make.py")
    let made = try await bench.shell("python3 make.py")
    try #require(made.status == 0, "\(made.errors)")
    for (type, file, words) in [
      ("pypi", "a-1-py3-none-any.whl", "expected one"), ("maven", "a-1.jar", "no POM tells its module"),
      ("npm", "a-1.tgz", "expected one"),
    ] {
      await #expect {
        try await bench.publish(["type": type, "repository": "http://127.0.0.1:1/", "files": file])
      } throws: { "\($0)".contains(words) }
    }
  }

  @Test func metadataAndArchivesThatAreTooLong() async throws {
    let bench = try Bench()
    try bench.write(
      """
      import io, tarfile, zipfile
      big = b"<!--" + b"x" * (64 << 20)
      with zipfile.ZipFile("a-1-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("a-1.dist-info/METADATA", big)
      with zipfile.ZipFile("a-1.jar", "w", zipfile.ZIP_DEFLATED) as jar:
        jar.writestr("META-INF/maven/a/b/pom.xml", big)
      with zipfile.ZipFile("b-1.jar", "w") as jar:
        jar.writestr("META-INF/maven/a/b/pom.xml", '<!DOCTYPE p [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><project>&b;</project>')
      with tarfile.open("a-1.tar.gz", "w:gz", compresslevel=1) as bomb:
        entry = tarfile.TarInfo("a-1/zeros")
        entry.size = 1 << 40
        bomb.fileobj.write(entry.tobuf() + bytes(1 << 20))
      with tarfile.open("b-1.tgz", "w:gz", compresslevel=1) as bomb:
        entry = tarfile.TarInfo("package/package.json")
        entry.size = 64 << 20
        bomb.addfile(entry, io.BytesIO(bytes(64 << 20)))
      """, to: "bomb.py")
    let made = try await bench.shell("python3 bomb.py")
    try #require(made.status == 0, "\(made.errors)")
    for (type, file, words) in [
      ("pypi", "a-1-py3-none-any.whl", "has more than"), ("pypi", "a-1.tar.gz", "unpacks to more than"),
      ("maven", "a-1.jar", "has more than"), ("maven", "b-1.jar", "declares the entity"),
      ("npm", "b-1.tgz", "has more than"),
    ] {
      await #expect {
        try await bench.publish(["type": type, "repository": "http://127.0.0.1:1/", "files": file])
      } throws: { "\($0)".contains(words) }
    }
  }

  @Test(arguments: [
    (
      #"{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:../../../etc/passwd","size":1}]}"#,
      "a digest that is no SHA-256"
    ),
    (
      #"{"schemaVersion":2,"manifests":[{"mediaType":"application/json\r\nX-Evil: y","digest":"sha256:x","size":1}]}"#,
      "unknown type"
    ),
    (
      #"{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:HEX","size":-5}]}"#,
      "lacks the blob"
    ),
    (String(repeating: "[", count: 100_000), "no OCI manifest"),
    (#"{"schemaVersion":2,"manifests":[]}"#, "nothing to push"),
  ])
  func layoutsThatLie(index: String, words: String) async throws {
    let bench = try Bench()
    let hex = String(repeating: "a", count: 64)
    try bench.write(index.replacingOccurrences(of: "HEX", with: hex), to: "image/index.json")
    try bench.write("{}", to: "image/oci-layout")
    try bench.write("{}", to: "image/blobs/sha256/\(String(repeating: "b", count: 64))")
    await #expect {
      try await bench.publish(["type": "oci", "repository": "http://127.0.0.1:1/image", "layout": "image"])
    } throws: { "\($0)".contains(words) }
  }

  @Test(.enabled(if: Peers.areFound("python3"), "needs python3")) func anAnswerWithoutEnd() async throws {
    let bench = try Bench()
    let server = try await StubRegistry()
    try bench.write("x", to: "a.txt")
    let outcome = try await bench.publish([
      "type": "generic", "repository": server.url("huge"), "files": "a.txt", "password": "token",
    ])
    #expect(outcome.status == .failed)
    #expect(outcome.message.contains("sends more than the 1048576 bytes"), "\(outcome.message)")
    #expect(try server.requests.count == 1, "asking again would not help")
  }

  @Test(.enabled(if: Peers.areFound("python3"), "needs python3")) func anAnswerThatTrickles() async throws {
    let bench = try Bench()
    let server = try await StubRegistry()
    let sender = Bench.sender()
    defer { sender.end() }
    var client = RepositoryClient(
      address: try RepositoryAddress(server.url("slow")), authorization: .bearer(PluginSecret("the-token")),
      context: try bench.context(sender))
    #expect(client.patience == .seconds(300) && client.attempts == 5)
    (client.patience, client.attempts) = (.seconds(2), 2)
    let request = WebRequest("PUT", server.url("slow/a"))
    await #expect { try await client.send(request) } throws: { "\($0)".contains("was not answered in time") }
    #expect(try server.requests.count == 2)
  }

  @Test func tokensGoToTheRegistryOnly() throws {
    let challenge = try #require(OCIChallenge(#"Bearer realm="https://auth.example/t?a=b",service="x y",scope="p:q""#))
    let realm = try RepositoryAddress(challenge.realm, allowsQuery: true)
    #expect(
      challenge.url(realm, scope: "repository:a:pull")
        == "https://auth.example/t?a=b&service=x%20y&scope=repository%3Aa%3Apull")
    #expect(OCIChallenge("Basic realm=\"x\"") == nil)
  }
}
