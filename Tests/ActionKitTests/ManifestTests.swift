import Foundation
import JourneymanActionKit
import Testing

/// Manifests and schemas as JSON and as Swift.
@Suite struct ManifestTests {
  private static let manifest = PluginManifest(
    name: "slack-notify", version: "1.2.0", summary: "Tells a channel.", category: .invoke,
    configuration: ConfigurationSchema([
      ConfigurationKey("channel", .text, "Where.", isRequired: true),
      ConfigurationKey("level", .choice(["all", "failures"]), "When.", defaultText: "all"),
      ConfigurationKey("hosts", .list(.object([ConfigurationKey("port", .integer, "Which.")])), "Whom."),
      ConfigurationKey("labels", .mapping(.list(.boolean)), "What."),
      ConfigurationKey("wait", .duration, "How long."), ConfigurationKey("rate", .number, "How fast."),
      ConfigurationKey("raw", .any, "Anything."),
    ]),
    network: true, workspace: true, environment: [.init("STAGE", "Where this is.")], secrets: true,
    outputs: [.init("message-id", "What was sent.")])

  @Test func aManifestSurvivesJSON() throws {
    let data = try JSONEncoder().encode(Self.manifest)
    #expect(try JSONDecoder().decode(PluginManifest.self, from: data) == Self.manifest)
    #expect(Self.manifest.mistakes.isEmpty)
  }

  @Test func whatIsLeftOutIsOff() throws {
    let text = #"{"name":"a","version":"1","summary":"s","category":"test","unknown":[1]}"#
    let manifest = try JSONDecoder().decode(PluginManifest.self, from: Data(text.utf8))
    #expect(!manifest.network && !manifest.host && !manifest.workspace && !manifest.secrets)
    #expect(manifest.configuration.keys.isEmpty && manifest.outputs.isEmpty)
  }

  @Test(arguments: ["", "A", "1a", "a b", "a/b", "../a", String(repeating: "a", count: 65), "ä"])
  func namesThatNoPluginHas(name: String) {
    var manifest = Self.manifest
    manifest.name = name
    #expect(manifest.mistakes.count == 1)
  }

  @Test func mistakesOfTheSchemaAreFound() {
    var manifest = Self.manifest
    manifest.configuration.keys += [
      ConfigurationKey("channel", .text, "Again."), ConfigurationKey("a.b", .text, "Dotted."),
      ConfigurationKey("none", .choice([]), "No words."),
    ]
    #expect(manifest.mistakes.count == 3)
  }

  @Test func secretsDoNotPrintThemselves() {
    let secret = PluginSecret("s3cret")
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), dumped] { #expect(!text.contains("s3cret")) }
    #expect(throws: PluginError.self) { try PluginSecrets(["a": secret]).value(of: "b") }
  }

  @Test func oneOrMoreAndTimeSpansAreReadFromText() throws {
    struct Both: Decodable {
      var files: OneOrMore<String>
      var wait: TimeSpan
    }
    func decode(_ text: String) throws -> Both { try JSONDecoder().decode(Both.self, from: Data(text.utf8)) }
    #expect(try decode(#"{"files":"a","wait":"1m30s"}"#).files.items == ["a"])
    #expect(try decode(#"{"files":["a","b"],"wait":"90"}"#).files.items == ["a", "b"])
    #expect(try decode(#"{"files":[],"wait":"90"}"#).wait.duration == .seconds(90))
    #expect(throws: DecodingError.self) { try decode(#"{"files":"a","wait":"soon"}"#) }
  }
}
