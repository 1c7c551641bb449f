import Foundation
import JourneymanSupport
import Testing

@testable import JourneymanConfiguration

@Suite struct ConfigurationFileTests {
  let fixture: ConfigurationFixture
  init() throws { fixture = try ConfigurationFixture() }

  private func problems(_ text: String) throws -> [String] {
    let path = try fixture.write(text)
    let error = #expect(throws: ConfigurationError.self) { try ConfigurationFile.read(path) }
    return (error?.problems ?? []).map { $0.description.replacing(fixture.directory + "/", with: "") }
  }

  @Test func valuesKeepGitsQuotingSuffixesAndWords() throws {
    let path = try fixture.write(
      """
      [agent]
        name = "builder # 1"   ; not part of the name
        logLimit = 64k
        timeout = 1h30m
        labels = linux, gpu
        labels = big
      [Sandbox]
        MEMORY = 2g
        network
        mode = basic
        readOnly = tools
        readOnly = ~/shared
      [checkout]
        credentialHelper = first \\
      second
      """)
    let settings = try ConfigurationFile.read(path)
    #expect(settings.file == path)
    #expect(settings.agent.name == "builder # 1")
    #expect(settings.agent.logLimit == 65_536)
    #expect(settings.agent.timeoutSeconds == 5400)
    #expect(settings.agent.labels == ["linux", "gpu", "big"])
    #expect(settings.sandbox.memory == 2 << 30)
    #expect(settings.sandbox.network)
    #expect(settings.sandbox.mode == .basic)
    #expect(settings.sandbox.readOnly == [fixture.directory + "/tools", StandardPaths.home() + "/shared"])
    #expect(settings.checkout.credentialHelper == "first second")
  }

  @Test func namedSectionsKeepTheirOrderAndNames() throws {
    let path = try fixture.write(
      """
      [secret "b/Token.x"]
        file = token
      [secret "a"]
        command = "pass show \\"a\\""
      [artifacts "far"]
        store = https://far.example.org/builds
        secret = a
        recipient = age1one
        recipient = age1two
        format = tar.zst
      [plugin "deploy"]
        host = yes
        secret = a
      [controller "ci"]
        type = jenkins
        url = https://ci.example.org/
        allow = secret:a store:far
      """)
    let settings = try ConfigurationFile.read(path)
    #expect(
      settings.secrets == [
        SecretSettings(name: "b/Token.x", source: .file(fixture.directory + "/token")),
        SecretSettings(name: "a", source: .command("pass show \"a\"")),
      ])
    #expect(settings.artifactStores.map(\.recipients) == [["age1one", "age1two"]])
    #expect(settings.artifactStores.first?.format == .tarZstandard)
    #expect(settings.plugins.grants.first?.host == true)
    #expect(settings.controllers.first?.allow == ["secret:a", "store:far"])
  }

  @Test func includesAreFollowedAndRelativePathsStartFromTheirOwnFile() throws {
    let path = try fixture.write("[include]\n  path = sub/more.conf\n[agent]\n  executors = 3\n")
    try FileManager.default.createDirectory(atPath: fixture.directory + "/sub", withIntermediateDirectories: true)
    try fixture.write("[agent]\n  executors = 2\n  workdir = here\n", as: "sub/more.conf")
    let settings = try ConfigurationFile.read(path)
    #expect(settings.agent.executors == 3)
    #expect(settings.agent.workdir == fixture.directory + "/sub/here")
  }

  @Test func everyMistakeIsReportedWithItsLine() throws {
    let found = try problems(
      """
      # a comment
      [agent]
        executers = 2
        executors = many
        executors = 0
        timeout = soon
      [sandbix]
        mode = strict
      [sandbox]
        mode = strcit
        network = perhaps
      [agent "x"]
        name = y
      [secret]
        file = z
      [secret "both"]
        file = a
        env = B
      [secret "none"]
      [artifacts "nowhere"]
        secret = bth
      [controller "ci"]
        url = ftp://example.org
      [checkout]
        proxy
      [controller "other"]
        allow = secret:a, stores:b
      [empty]
      """)
    #expect(
      found == [
        "agent.conf:3: unknown key 'executers' in [agent]; did you mean 'executors'?",
        "agent.conf:4: executors: 'many' is not a whole number (k, m and g may follow it)",
        "agent.conf:5: executors: 0 is out of range: 1 to 1024",
        "agent.conf:6: timeout: 'soon' is not a duration such as 90s, 15m or 1h30m",
        "agent.conf:7: unknown section [sandbix]; did you mean 'sandbox'?",
        "agent.conf:10: mode: 'strcit' is not one of strict, basic, off; did you mean 'strict'?",
        "agent.conf:11: network: 'perhaps' is not true or false",
        "agent.conf:12: [agent \"x\"]: this section takes no name; write [agent]",
        "agent.conf:14: [secret]: this section needs a name; write [secret \"NAME\"]",
        "agent.conf:16: [secret \"both\"] has file and env; only one can be the source",
        "agent.conf:19: [secret \"none\"] needs one of file, env and command",
        "agent.conf:20: [artifacts \"nowhere\"] needs the key 'store'",
        "agent.conf:21: secret: there is no [secret \"bth\"]; did you mean 'both'?",
        "agent.conf:22: [controller \"ci\"] needs the key 'type'",
        "agent.conf:23: url: the value is not a URL that starts with https://, http://",
        "agent.conf:25: proxy: the value is missing",
        "agent.conf:26: [controller \"other\"] needs the key 'type'",
        "agent.conf:26: [controller \"other\"] needs the key 'url'",
        "agent.conf:27: allow: 'stores:b' is not secret:NAME, store:NAME, plugin:NAME or identity:signing",
        "agent.conf:28: unknown section [empty]",
      ])
  }

  @Test func credentialsNameAServerAndASecret() throws {
    let path = try fixture.write(
      """
      [secret "git"]
        env = TOKEN
      [credential "https://git.example.org:8443/team"]
        authorization = bearer
        secret = git
      [credential "http://127.0.0.1"]
        username = ada
        secret = git
      """)
    let credentials = try ConfigurationFile.read(path).credentials
    #expect(credentials.map(\.server) == ["https://git.example.org:8443/team", "http://127.0.0.1"])
    #expect(credentials.map(\.authorization) == [.bearer, .basic])
    #expect(credentials.map(\.username) == [nil, "ada"] && credentials.allSatisfy { $0.secret == "git" })
    #expect(
      try problems(
        """
        [credential "git.example.org"]
          secret = got
        [credential "https://ada:pw@example.org"]
          secret = git
          password = x
        [credential "https://example.net"]
          username = ada
        [secret "git"]
          env = TOKEN
        """) == [
          "agent.conf:1: [credential \"git.example.org\"]: the name of this section is the server's URL, such as"
            + " https://git.example.org",
          "agent.conf:2: secret: there is no [secret \"got\"]; did you mean 'git'?",
          "agent.conf:3: [credential \"https://example.org\"]: the URL must not hold a login; use username and secret",
          "agent.conf:5: unknown key 'password' in [credential \"https://example.org\"]",
          "agent.conf:6: [credential \"https://example.net\"] needs the key 'secret'",
        ])
  }

  @Test func mistakesInIncludedFilesNameThatFile() throws {
    try fixture.write("\n[agent]\n\tnaem = x\n", as: "more.conf")
    #expect(
      try problems("[include]\n  path = more.conf\n[agent]\n  name = y\n")
        == ["more.conf:3: unknown key 'naem' in [agent]; did you mean 'name'?"])
  }

  @Test(arguments: ["[agent\n  name = x\n", "[agent]\n  na me = x\n", "[agent]\n  = x\n"])
  func syntaxErrorsAreLibgit2sOwn(text: String) throws {
    let path = try fixture.write(text)
    let error = #expect(throws: ConfigurationError.self) { try ConfigurationFile.read(path) }
    #expect(error?.code == .syntax)
    #expect(error?.description.contains("failed to parse config file") == true)
    #expect(error?.problems.first?.line == (text.hasPrefix("[agent]") ? 2 : 1), "\(String(describing: error))")
  }

  @Test func urlsWithPasswordsAreRefusedWithoutRepeatingThem() throws {
    let found = try problems("[artifacts \"a\"]\n  store = https://me:hunter2@example.org/\n")
    #expect(found.count == 1 && found[0].contains("must not contain a user name or password"))
    #expect(!found[0].contains("hunter2"))
  }

  @Test func aFileThatEverybodyMayChangeIsRefused() throws {
    let path = try fixture.write("[agent]\n", mode: 0o666)
    let error = #expect(throws: ConfigurationError.self) { try ConfigurationFile.read(path) }
    #expect(error?.code == .unsafe)
    #expect(error?.description.contains("chmod o-w") == true)
  }

  @Test func aFileThatDoesNotExistIsNamed() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try ConfigurationFile.load(explicit: fixture.directory + "/none.conf")
    }
    #expect(error?.code == .unreadable)
    #expect(error?.description.contains("/none.conf: cannot open") == true)
  }

  @Test func theSearchPrefersTheNamedThenTheVariableThenTheUsersFile() throws {
    let user = fixture.directory + "/config/journeyman"
    try FileManager.default.createDirectory(atPath: user, withIntermediateDirectories: true)
    try fixture.write("", as: "config/journeyman/agent.conf")
    var environment = ["XDG_CONFIG_HOME": fixture.directory + "/config"]
    #expect(ConfigurationFile.locate(environment: environment) == user + "/agent.conf")
    environment["JOURNEYMAN_CONFIG"] = "/by/variable"
    #expect(ConfigurationFile.locate(environment: environment) == "/by/variable")
    #expect(ConfigurationFile.locate(explicit: "/by/option", environment: environment) == "/by/option")
  }

  @Test func settingsTravelAsJSON() throws {
    let path = try fixture.write("[secret \"a\"]\n  env = A\n[agent]\n  timeout = 90\n")
    let settings = try ConfigurationFile.read(path)
    #expect(try JSONDecoder().decode(Settings.self, from: JSONEncoder().encode(settings)) == settings)
  }

  @Test func theUsersGitConfigurationHasNoInfluence() throws {
    let path = try fixture.write("[agent]\n  name = x\n")
    #expect(try GitConfigurationReader.entries(of: path).map(\.key) == ["name"])
  }
}
