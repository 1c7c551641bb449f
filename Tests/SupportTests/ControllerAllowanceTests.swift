import JourneymanSupport
import Testing

@Suite struct ControllerAllowanceTests {
  private var settings: Settings {
    var settings = Settings()
    for name in ["a", "b", "store-key", "plugin-key"] {
      settings.secrets.append(SecretSettings(name: name, source: .file("/secrets/" + name)))
    }
    var store = ArtifactStoreSettings(name: "near", store: "https://example.org/")
    store.secret = "store-key"
    settings.artifactStores = [store, ArtifactStoreSettings(name: "far", store: "file:///far")]
    var grant = PluginSettings.Grant(name: "package")
    grant.secrets = ["plugin-key"]
    settings.plugins.grants = [grant, PluginSettings.Grant(name: "deploy")]
    settings.checkout.sshKey = "/key"
    settings.controllers = [ControllerSettings(name: "ci", kind: .jenkins, url: "http://x/")]
    return settings
  }

  @Test func nothingIsAllowedByItself() {
    let limited = ControllerAllowance([]).limited(settings)
    #expect(limited.secrets.isEmpty && limited.artifactStores.isEmpty && limited.plugins.grants.isEmpty)
    #expect(limited.checkout.sshKey == nil && limited.controllers.isEmpty)
  }

  @Test func whatIsAllowedBringsAlongWhatItNeeds() {
    let allowance = ControllerAllowance(["secret:a", "store:near", "plugin:package"])
    let limited = allowance.limited(settings)
    #expect(limited.secrets.map(\.name) == ["a", "store-key", "plugin-key"])
    #expect(limited.artifactStores.map(\.name) == ["near"])
    #expect(limited.plugins.grants.map(\.name) == ["package"])
    #expect(allowance.allows(.secret, "a"))
    #expect(!allowance.allows(.secret, "store-key") && !allowance.allows(.secret, "near"))
    #expect(!allowance.allows(.identity, "signing"))
  }

  @Test func wordsAreAKindAndAName() {
    for word in ["secret:a", "store:x:y", "plugin:p", "identity:signing"] {
      #expect(ControllerAllowance.isWord(word))
    }
    for word in ["", "secret", "secret:", ":a", "secrets:a", "identity:other"] {
      #expect(!ControllerAllowance.isWord(word))
    }
  }
}
