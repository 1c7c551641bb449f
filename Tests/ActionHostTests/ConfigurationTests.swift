import Foundation
import JourneymanActionKit
import JourneymanBuildspec
import Testing

@testable import JourneymanActionHost

/// A plugin with every type of value.
private struct Sample: ActionPlugin {
  struct Configuration: Decodable, Sendable {
    var name: String
    var count: Int?
    var files: OneOrMore<String>?
    var wait: TimeSpan?
  }

  static let manifest = PluginManifest(
    name: "sample", version: "1.0", summary: "A sample.", category: .test,
    configuration: ConfigurationSchema([
      ConfigurationKey("name", .text, "Who.", isRequired: true), ConfigurationKey("count", .integer, "How many."),
      ConfigurationKey("files", .list(.text), "Which."), ConfigurationKey("wait", .duration, "How long."),
      ConfigurationKey("mode", .choice(["fast", "slow"]), "How."), ConfigurationKey("ratio", .number, "How much."),
      ConfigurationKey("on", .boolean, "Whether."), ConfigurationKey("raw", .any, "Anything."),
      ConfigurationKey("labels", .mapping(.integer), "Numbers by name."),
      ConfigurationKey(
        "hosts", .list(.object([ConfigurationKey("port", .integer, "Which.", isRequired: true)])), "Whom."),
    ]))

  init(configuration: Configuration) throws {
    if configuration.count ?? 1 < 1 { throw PluginConfigurationError("count", "must be at least 1") }
    if configuration.files?.items.contains("bad") == true { throw PluginConfigurationError("files.1", "is bad") }
  }

  func run(in context: ActionContext) async throws -> ActionOutcome { .succeeded("done") }
}

/// What stands under `with:`, checked and handed over.
@Suite struct ConfigurationTests {
  private func entry(_ with: String) throws -> Buildspec.ActionEntry {
    let indented = with.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n")
    let text = "version: 0.2\nactions:\n  - name: act\n    uses: sample\n    with:\n\(indented)\n"
    let document = Buildspec.parse(Array(text.utf8), file: "buildspec.yml")
    return try #require(document.buildspec?.actions.first, "\(document.problems)")
  }

  private func problems(_ with: String) throws -> [String] {
    let entry = try entry(with)
    do {
      _ = try RegisteredPlugin(Sample.self).prepare(entry)
      return []
    } catch {
      return error.sentences
    }
  }

  @Test(arguments: [
    "name: x", "name: 5", "name: x\ncount: '3'", "name: x\nfiles: a", "name: x\nfiles: [a, b]", "name: x\nwait: 1h30m",
    "name: x\nmode: fast", "name: x\nratio: 1.5e3", "name: x\non: Yes", "name: x\nlabels: {a: 1, b: 2}",
    "name: x\nhosts: [{port: 1}]", "name: x\nraw: {a: [1, {b: null}]}", "name: x\ncount:",
  ])
  func whatFitsIsTaken(with: String) throws { #expect(try problems(with) == []) }

  @Test(arguments: [
    ("count: 1", "with.name: is missing: Who. (line 6)"),
    ("name:", "with.name: expected text, found nothing (line 6)"),
    ("name: [a]", "with.name: expected text, found a list (line 6)"),
    ("name: x\ncount: many", "with.count: expected a whole number, found 'many' (line 7)"),
    ("name: x\nmode: fsat", "with.mode: 'fsat' is not one of fast, slow; did you mean 'fast'? (line 7)"),
    ("name: x\nhosts:\n- port: 1\n- prt: 2", "with.hosts[1].port: is missing: Which. (line 9)"),
    ("name: x\nlabels: {a: one}", "with.labels.a: expected a whole number, found 'one' (line 7)"),
    ("name: x\ncuont: 1", "with: unknown key 'cuont'; did you mean 'count'? (line 7)"),
    ("name: x\nratio: .inf", "with.ratio: expected a number, found '.inf' (line 7)"),
    ("name: x\ncount: 0", "with.count: must be at least 1 (line 7)"),
    ("name: x\nfiles:\n- good\n- bad", "with.files[1]: is bad (line 9)"),
    (
      "name: x\ncount: 99999999999999999999",
      "with.count: expected a whole number, found '99999999999999999999' (line 7)"
    ),
  ])
  func whatDoesNotFitIsNamed(with: String, sentence: String) throws {
    let found = try problems(with)
    #expect(found.contains("action 'act': " + sentence), "\(found)")
  }

  @Test func allMistakesComeAtOnceAndAreBounded() throws {
    #expect(try problems("count: x\nmode: y\nzzz: 1").count == 4)
    let many = (0..<5_000).map { "key\($0): 1" }.joined(separator: "\n")
    #expect(try problems("name: x\n" + many).count == 100)
  }

  @Test func externalPluginsGetTypedValues() throws {
    let entry = try entry(
      "name: 5\ncount: '7'\nfiles: one\non: off\nratio: 2\nwait: 90s\nraw: {a: 1, b: '1', c: no, d: true}")
    let checked = try CheckedConfiguration(entry, schema: Sample.manifest.configuration)
    let json = ConfigurationJSON.object(checked.node, checked.schema.keys)
    #expect(
      json
        == .object([
          "name": .text("5"), "count": .integer(7), "files": .list([.text("one")]), "on": .boolean(false),
          "ratio": .number(2), "wait": .text("90s"),
          "raw": .object(["a": .integer(1), "b": .text("1"), "c": .text("no"), "d": .boolean(true)]),
        ]))
  }

  @Test func aRegistryRefusesConflictsAndKnowsTheNearest() throws {
    var registry = PluginRegistry()
    try registry.register(Sample.self)
    #expect(throws: PluginRegistryError.self) { try registry.register(Sample.self) }
    #expect(registry.all.map(\.manifest.name) == ["sample"])
    do {
      _ = try registry.plugin(named: "sampel")
      Issue.record("there is such a plugin")
    } catch {
      #expect(error.code == .unknown && error.message.contains("did you mean 'sample'?"))
    }
  }
}
