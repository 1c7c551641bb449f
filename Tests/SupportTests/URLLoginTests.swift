import JourneymanSupport
import Testing

/// The login in a URL is found and taken out.
@Suite struct URLLoginTests {
  @Test(arguments: [
    ("https://ada:p@example.org/x", "https://example.org/x", ["p"]),
    ("HTTPS://ada:p%40q@[::1]:8443/x@y", "HTTPS://[::1]:8443/x@y", ["p%40q", "p@q"]),
    ("http://token@example.org", "http://example.org", ["token"]),
    ("https://a:b:c@d@example.org/", "https://example.org/", ["b:c@d"]),
    ("https://ada:@example.org/", "https://example.org/", []),
    ("https://example.org/a@b", "https://example.org/a@b", []),
    ("ssh://git@example.org/x", "ssh://git@example.org/x", []), ("git@example.org:x", "git@example.org:x", []),
    ("/srv/a@b", "/srv/a@b", []), ("https://", "https://", []), ("", "", []),
  ])
  func loginsAreTakenOut(url: String, bare: String, secrets: [String]) {
    #expect(URLLogin.removed(from: url) == bare)
    #expect(URLLogin.secrets(in: url).map { $0.reveal() }.sorted() == secrets.sorted())
  }
}
