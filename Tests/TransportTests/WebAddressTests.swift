import TestSupport
import Testing

@testable import JourneymanTransport

@Suite(.takingTurns) struct WebAddressTests {
  @Test func partsAreRead() throws {
    let address = try WebAddress("HTTPS://Example.org/a/b%20c?sig=hidden#f")
    #expect(address.origin.description == "https://example.org")
    #expect(address.origin.port == "443")
    #expect(address.description == "https://example.org/a/b%20c?…")
    #expect(try WebAddress("http://[::1]:8080/").origin.description == "http://[::1]:8080")
    #expect(try WebAddress("https://example.org:443/").origin == address.origin)
    #expect(try WebAddress("http://example.org/").origin != address.origin)
  }

  @Test(
    arguments: [
      "ftp://example.org/x", "file:///etc/passwd", "example.org/x", "", "https://", "http://a b/",
      "http://example.org/\r\nX: y", "https://user:hidden@example.org/", "https://user@example.org/",
      "javascript:alert(1)", "//example.org/x", "http://exa\u{0}mple.org/", "http://h:99999/", "gopher://example.org/",
    ])
  func otherThingsAreRefusedWithoutTheirSecrets(text: String) throws {
    let error = #expect(throws: TransportError.self) { try WebAddress(text) }
    #expect(error?.code == .invalidRequest)
    #expect(error?.message.contains("hidden") == false)
  }

  @Test(
    arguments: [
      "https://ci.example.org/", "http://localhost:8080", "https://a-b.C/jenkins/x_1.html", "http://127.0.0.1:1/x//y",
      "https://h:443/...", "http://xn--bcher-kva.example/",
    ])
  func aPlainAddressMeansTheSameToLibcurl(text: String) throws {
    #expect(try PlainAddress.parts(of: text) == WebAddress.read(text))
  }

  @Test(
    arguments: [
      "http://1/", "http://0x7f.1/", "http://127.1/", "http://127.0.0.01/", "http://1.2.3.256/", "http://a..b/",
      "http://a_b/", "http://a:080/", "http://a:0/", "http://a:/", "http://a@b/", "http://a/%2e/", "http://a/./b",
      "http://a/..", "http://a/?q", "http://a/#f", "http://a\\b/", "HTTP://a/", "http://ü/", "http://[::1]/",
      "http://a./",
      "http:///", "ftp://a/",
    ])
  func whatIsNotPlainIsLeftToLibcurl(text: String) throws { #expect(PlainAddress.parts(of: text) == nil) }

  @Test func componentsAreAppendedEncoded() throws {
    let address = try WebAddress("https://h/base?x=1")
    #expect(try address.appending("a b/ü?.zip").text == "https://h/base/a%20b/%C3%BC%3F.zip?x=1")
    #expect(try WebAddress("https://h").appending("k").text == "https://h/k")
    #expect(try WebAddress("https://h/d/").appending("k").text == "https://h/d/k")
  }
}
