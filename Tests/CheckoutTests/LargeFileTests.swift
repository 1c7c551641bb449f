import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanCheckout

/// Git LFS: pointers are replaced by what they point to, if that is switched on.
@Suite(.takingTurns) struct LargeFileTests {
  private static let contents = [
    "a.bin": "the first content\n", "dir/b.bin": String(repeating: "0123456789", count: 9_000),
  ]

  /// A repository whose `*.bin` are pointers, with the contents beside it as Git LFS keeps them.
  private func bench() async throws -> Workbench {
    var bench = try await Workbench([
      "plain.txt": "plain\n", ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n",
    ])
    for (name, text) in Self.contents {
      let oid = try await sha256(text, bench)
      try bench.source.write(
        "version https://git-lfs.github.com/spec/v1\noid sha256:\(oid)\nsize \(text.utf8.count)\n", to: name)
      try bench.source.write(text, to: ".git/lfs/objects/\(oid.prefix(2))/\(oid.dropFirst(2).prefix(2))/\(oid)")
    }
    try bench.source.write("not a pointer\n", to: "odd.bin")
    try await bench.source.commit("large files")
    bench.options.lfs = true
    return bench
  }

  private func sha256(_ text: String, _ bench: Workbench) async throws -> String {
    try bench.scratch.write(text, to: "to-hash")
    return try await ForeignDigest.sha256(ofFile: bench.scratch("to-hash"))
  }

  private func expectContents(_ bench: Workbench, in directory: String) throws {
    for (name, text) in Self.contents { #expect(try bench.text(name, in: directory) == text) }
    #expect(try bench.text("odd.bin", in: directory) == "not a pointer\n")
    #expect(try bench.text("plain.txt", in: directory) == "plain\n")
  }

  @Test func contentsComeFromAServer() async throws {
    let bench = try await bench()
    let server = try await Server.web(
      bench.scratch.path, ["--user", "u", "--password", "p", "--log", bench.scratch("requests")])
    let login = CheckoutCredentials.Login(
      server: server.url(""), authorization: .basic(user: "u", password: PendingSecret(Secret("p"))))
    let credentials = CheckoutCredentials(logins: [login])
    try await bench.checkOut(into: "a", from: server.url("source"), credentials: credentials)
    try expectContents(bench, in: "a")
    try await bench.checkOut(into: "b", from: server.url("source"), credentials: credentials)
    try expectContents(bench, in: "b")
    let requests = try String(contentsOfFile: bench.scratch("requests"), encoding: .utf8)
    // The contents of the second checkout were at hand.
    #expect(requests.components(separatedBy: "objects/batch").count == 2)
  }

  @Test func contentsComeFromALocalRepository() async throws {
    let bench = try await bench()
    try await bench.checkOut()
    try expectContents(bench, in: "workspace")
  }

  /// Over ssh the server says where the contents are and what to show there.
  @Test(.enabled(if: isRequired(SecureShellServer.isAvailable), "sshd is not installed"))
  func contentsComeFromTheServerThatSSHNames() async throws {
    var bench = try await bench()
    let shell = try await SecureShellServer.shared.value
    let web = try await Server.web(bench.scratch.path, ["--user", "u", "--password", "p"])
    bench.options.knownHosts = shell.knownHosts
    bench.options.sshKey = shell.key("ed25519")
    let url = shell.url(bench.source.directory)
    let unknown = await checkoutError { try await bench.checkOut(from: url) }
    #expect(unknown?.code == .largeFile, "\(unknown?.message ?? "was checked out")")
    let credential = Data("u:p".utf8).base64EncodedString()
    try bench.source.write(
      #"{"href": "\#(web.url("source.git/info/lfs"))", "header": {"Authorization": "Basic \#(credential)"}}"#,
      to: "lfs-answer")
    try await bench.checkOut(from: url)
    try expectContents(bench, in: "workspace")
  }

  @Test func pointersStayWhenItIsOff() async throws {
    var bench = try await bench()
    bench.options.lfs = false
    try await bench.checkOut()
    #expect(try bench.text("a.bin").hasPrefix("version https://git-lfs.github.com/spec/v1\n"))
    // Switching it on reaches a workspace that is used again.
    bench.options.lfs = true
    try await bench.checkOut()
    try expectContents(bench, in: "workspace")
  }

  @Test func wrongAndMissingContentsAreRefused() async throws {
    let bench = try await bench()
    let wrong = try await Server.web(bench.scratch.path, ["--lfs-wrong"])
    let error = await checkoutError { try await bench.checkOut(from: wrong.url("source")) }
    #expect(error?.code == .largeFile)
    #expect(access(bench.scratch("workspace"), F_OK) != 0)
    try FileSystem.removeTree(bench.source.directory + "/.git/lfs")
    let server = try await Server.web(bench.scratch.path)
    let missing = await checkoutError { try await bench.checkOut(from: server.url("source")) }
    #expect(missing?.code == .largeFile && missing?.message.contains("no such content") == true)
    let left = try FileManager.default.subpathsOfDirectory(atPath: bench.scratch("mirrors/lfs"))
    #expect(!left.contains { $0.hasSuffix(".partial") })
  }

  /// `.lfsconfig` is configuration from the repository: it would send credentials elsewhere.
  @Test func theRepositorysOwnAddressIsNotObeyed() async throws {
    let bench = try await bench()
    let elsewhere = try await Server.web(bench.scratch.path, ["--log", bench.scratch("elsewhere")])
    try bench.source.write("[lfs]\n\turl = \(elsewhere.url("source.git/info/lfs"))\n", to: ".lfsconfig")
    try await bench.source.commit("an address")
    let server = try await Server.web(bench.scratch.path)
    try await bench.checkOut(from: server.url("source"))
    #expect(access(bench.scratch("elsewhere"), F_OK) != 0)
  }

  @Test(arguments: [
    "", "version https://git-lfs.github.com/spec/v1\n",
    "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 1\n",
    "version https://git-lfs.github.com/spec/v1\noid sha256:../../../../../../../../../../etc/passwd0000000000000000000000000\nsize 1\n",
    "version https://git-lfs.github.com/spec/v1\nsize -1\n", "version https://example.org/v9\noid sha256:ab\nsize 1\n",
  ])
  func whatIsNoPointerIsContent(text: String) {
    #expect(Array(text.utf8).withUnsafeBytes { LargeFilePointer($0) } == nil)
  }
}
