import Foundation
import JourneymanActionKit
import TestSupport
import Testing

@testable import PackageAction

/// Files and servers that lie.
@Suite(.takingTurns) struct HostileInputTests {
  @Test func metadataReadersSurviveAnyBytes() throws {
    var generator = SplitMix(state: 42)
    let metadata = Array("Metadata-Version: 2.1\nName: a\nVersion: 1\nSummary: x\n more\n\nbody\n".utf8)
    let json = Array(#"{"name":"@a/b","version":"1.0.0-x+y","publishConfig":{"tag":"t"},"x":[{}]}"#.utf8)
    var accepted = 0
    for _ in 0..<4000 {
      if (try? DistributionMetadata(mutated(metadata, &generator))) != nil { accepted += 1 }
      if let package = try? NPMPackage(packageJSON: mutated(json, &generator), readme: nil) {
        #expect(NPMPackage.isName(package.name) && !package.name.contains(".."))
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

  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
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

  @Test func metadataAndArchivesThatAreTooLong() async throws {
    let bench = try Bench()
    try bench.write(
      """
      import io, tarfile, zipfile
      with zipfile.ZipFile("a-1-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("a-1.dist-info/METADATA", b"Name: a\\n" + b"x" * (64 << 20))
      with tarfile.open("a-1.tar.gz", "w:gz", compresslevel=1) as bomb:
        entry = tarfile.TarInfo("a-1/zeros")
        entry.size = 1 << 40
        bomb.fileobj.write(entry.tobuf() + bytes(1 << 20))
      """, to: "bomb.py")
    let made = try await bench.shell("python3 bomb.py")
    try #require(made.status == 0, "\(made.errors)")
    for (file, words) in [("a-1-py3-none-any.whl", "has more than"), ("a-1.tar.gz", "unpacks to more than")] {
      await #expect {
        try await bench.publish(["type": "pypi", "repository": "http://127.0.0.1:1/", "files": file])
      } throws: { "\($0)".contains(words) }
    }
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
