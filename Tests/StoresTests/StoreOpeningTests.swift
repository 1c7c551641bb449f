import JourneymanStores
import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns) struct StoreOpeningTests {
  private func open(_ url: String, _ change: (inout ArtifactStoreSettings) -> Void = { _ in }) throws
    -> any ArtifactStore
  {
    var settings = ArtifactStoreSettings(name: "main", store: url)
    change(&settings)
    return try StoreOpening.open(settings, secret: settings.secret == "known" ? Secret("value") : nil)
  }

  @Test func theSchemeChoosesTheStore() throws {
    #expect(try open("file:///srv/some%20place").place == "file:///srv/some place")
    #expect(try open("https://example.org/a?sig=hidden").place == "https://example.org/a?…")
    #expect(try open("http://127.0.0.1:8080/a").place == "http://127.0.0.1:8080/a")
    #expect(try open("file:///srv").name == "main")
  }

  @Test(
    arguments: [
      "file://host/x", "file:relative", "/srv", "ftp://h/x", "http://example.org/x", "https://u:hidden@h/", "s3x://b",
      "",
    ])
  func otherPlacesAreRefused(url: String) {
    let error = #expect(throws: StoreError.self) { try open(url) }
    #expect(error?.code == .invalid)
    #expect(error?.message.contains("main") == true && error?.message.contains("hidden") == false)
  }

  @Test func settingsThatContradictAreRefused() throws {
    #expect(throws: StoreError.self) { try open("https://h/") { $0.secret = "unknown" } }
    #expect(throws: StoreError.self) {
      try open("https://h/") {
        $0.secret = "known"
        $0.authorization = .basic
      }
    }
    _ = try open("https://h/") {
      $0.secret = "known"
      $0.authorization = .basic
      $0.username = "u"
    }
  }
}
