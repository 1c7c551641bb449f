import TestSupport
import Testing

@testable import JourneymanCheckout

/// Bytes from a server, taken apart before libgit2 sees them.
@Suite(.takingTurns) struct WireTests {
  private static let id = "0123456789abcdef0123456789abcdef01234567"

  private func line(_ text: String) -> [UInt8] {
    let length = String(text.utf8.count + 4, radix: 16)
    return Array((String(repeating: "0", count: 4 - length.count) + length + text).utf8)
  }

  /// Feeds a reader with pieces of so many bytes and collects what it gives on.
  private func pass(_ bytes: [UInt8], sections: Int, piece: Int) throws -> (out: [UInt8], shallow: [ObjectID]) {
    var reader = AdvertisementReader(sections: sections)
    var rest = bytes[...]
    var out: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 97)
    while true {
      let count = try buffer.withUnsafeMutableBytes { space in
        try reader.read(into: space) { target in
          let part = rest.prefix(min(piece, target.count))
          target.copyBytes(from: part)
          rest = rest.dropFirst(part.count)
          return part.count
        }
      }
      if count == 0 { return (out, reader.shallow) }
      out += buffer[..<count]
    }
  }

  @Test(arguments: [1, 3, 64, 65_536])
  func shallowLinesAreTakenOut(piece: Int) throws {
    let reference = line("\(Self.id) refs/heads/main\0side-band-64k\n")
    let shallow = line("shallow \(Self.id)\n")
    let service = line("# service=git-upload-pack\n") + Array("0000".utf8)
    let pack = Array("shallow is data here".utf8) + [0, 1, 2]
    let end = Array("0000".utf8)
    let found = try pass(service + reference + shallow + end + pack, sections: 2, piece: piece)
    #expect(found.out == service + reference + end + pack)
    #expect(found.shallow.map(\.description) == [Self.id])
    let plain = try pass(reference + end, sections: 1, piece: piece)
    #expect(plain.out == reference + end && plain.shallow.isEmpty)
  }

  /// Whatever comes is given on or kept back, but never invented, and reading always ends.
  @Test func randomBytesDoNoHarm() throws {
    var state: UInt64 = 20_261_121
    func next(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(bound))
    }
    let words = ["0000", "0004", "0001", "ffff", "0031", "shallow ", Self.id, " refs/heads/x\n", "\0", "00"]
    for _ in 0..<3000 {
      var bytes: [UInt8] = []
      for _ in 0..<next(30) { bytes += next(3) == 0 ? [UInt8(next(256))] : Array(words[next(words.count)].utf8) }
      let found = try pass(bytes, sections: 1 + next(2), piece: 1 + next(50))
      #expect(found.out.count <= bytes.count)
    }
  }

  @Test func addressesOfEveryFormAreRead() throws {
    let expected: [(String, String, String)] = [
      ("https://user:pw@example.org/a/b.git", "https://example.org/a/b.git", "https://example.org:443"),
      ("HTTP://Example.org:8080/a", "http://Example.org:8080/a", "http://example.org:8080"),
      ("git@example.org:a/b.git", "ssh://git@example.org/a/b.git", "ssh://example.org:22"),
      ("ssh://git@[::1]:2222/a", "ssh://git@[::1]:2222/a", "ssh://::1:2222"),
      ("ssh://host/~ada/x", "ssh://host/~ada/x", "ssh://host:22"),
      ("[::1]:a/b", "ssh://[::1]/a/b", "ssh://::1:22"),
      ("file:///srv/a%20b", "/srv/a b", "file://:0"), ("/srv/../srv/x/", "/srv/x", "file://:0"),
    ]
    for (text, shown, origin) in expected {
      let url = try RepositoryURL(text)
      #expect(url.description == shown && url.origin == origin, "\(text): \(url) \(url.origin)")
    }
    #expect(
      try RepositoryURL("https://example.org/a.git").canonical == RepositoryURL("https://EXAMPLE.org:443/a/").canonical)
    #expect(try RepositoryURL("ssh://git@h/a").canonical != RepositoryURL("ssh://other@h/a").canonical)
  }

  @Test func relativeSubmoduleURLsAreResolvedAsGitDoes() throws {
    let expected = [
      ("https://h/a/b.git", "../c.git", "https://h/a/c.git"), ("https://h/a/b.git/", "../c", "https://h/a/c"),
      ("https://h/a/b", "./c", "https://h/a/b/c"), ("git@h:a/b", "../../x/y", "ssh://git@h/x/y"),
      ("/srv/a", "../b", "/srv/b"), ("https://h/a/b", "../../../c", ""),
    ]
    for (parent, text, url) in expected {
      let resolved = try? SubmoduleURL.resolve(text, against: RepositoryURL(parent), allowing: [])
      #expect(resolved?.description ?? "" == url, "\(text) from \(parent)")
    }
  }

  @Test func credentialsAreTakenOutOfText() {
    #expect(
      Redaction.withoutCredentials("failed: https://u:p@h/x and 'ssh://k@h/y' http://h/@z")
        == "failed: https://<redacted>@h/x and 'ssh://<redacted>@h/y' http://h/@z")
  }
}
