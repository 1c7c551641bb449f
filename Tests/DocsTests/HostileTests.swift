import Foundation
import JourneymanActionKit
import JourneymanActionSupport
import JourneymanSupport
import TestSupport
import Testing

/// Sources that want to take the agent's time or memory, and damaged ones.
@Suite struct HostileTests {
  private static let head = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\n"

  /// Each schema holds the next one twice: written out, the last would stand there 2^60 times.
  @Test func schemasThatWouldGrowForEverAreBounded() async throws {
    let chain = (0..<60).map { index in
      "    S\(index): {type: object, properties: {a: {$ref: '#/components/schemas/S\(index + 1)'}, "
        + "b: {$ref: '#/components/schemas/S\(index + 1)'}}, allOf: [{$ref: '#/components/schemas/S\(index + 1)'}]}"
    }
    let run = try DocsRun([
      "api.yaml": Self.head + "paths: {}\ncomponents:\n  schemas:\n" + chain.joined(separator: "\n")
        + "\n    S60: {type: string}\n"
    ])
    let outcome = try await run.run(#"{"generator": "openapi", "source": "api.yaml"}"#)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    for path in try run.files() { #expect(try run.page(path).utf8.count < 400_000, "\(path)") }
  }

  @Test func variablesOfServersThatNameEachOtherAreBounded() async throws {
    let variables = (0..<60).map { "v\($0): {default: '{v\($0 + 1)}{v\($0 + 1)}{v\($0 + 1)}'}" }.joined(separator: ", ")
    let run = try DocsRun([
      "api.yaml": Self.head + "servers: [{url: 'https://{v0}', variables: {\(variables)}}]\n"
        + "paths: {/a: {get: {responses: {}}}}\n"
    ])
    let outcome = try await run.run(#"{"generator": "openapi", "source": "api.yaml"}"#)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    #expect(try run.page("operations/operations.html").utf8.count < 400_000)
  }

  @Test func deepNestingEnds() async throws {
    let depth = 100
    let schema =
      String(repeating: "{type: object, properties: {a: ", count: depth / 2) + "{type: string}"
      + String(repeating: "}}", count: depth / 2)
    let run = try DocsRun([
      "api.yaml": Self.head + "paths: {}\ncomponents: {schemas: {A: \(schema)}}\n",
      "docs/index.md": "# A\n\n" + String(repeating: "> ", count: 20_000) + "x\n\n"
        + String(repeating: "[", count: 20_000)
        + "\n\n" + String(repeating: "*a_ ", count: 20_000) + "\n",
    ])
    #expect(try await run.run(#"{"generator": "openapi", "source": "api.yaml"}"#).status == .succeeded)
    #expect(try run.page("schemas/a.html").contains("Nested too deeply"))
    #expect(try await run.run(#"{"generator": "markdown", "source": "docs"}"#).status == .succeeded)
  }

  @Test func pagesThatAreNoHTMLAreRead() throws {
    var random = SplitMix(state: 7)
    let page = Array("<!DOCTYPE html><html><body id='a'>\n<a href=\"b.html#c\">x</a><img src=d></body></html>".utf8)
    let whole = try HTMLReader.elements(of: page)
    #expect(whole.map(\.name) == ["body", "a", "img"] && whole.map(\.line) == [1, 2, 2])
    for _ in 0..<500 {
      var bytes = page
      for _ in 0..<(1 + random.below(6)) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
      _ = try HTMLReader.elements(of: Array(bytes.prefix(random.below(bytes.count + 1))))
    }
    #expect(try HTMLReader.elements(of: []).isEmpty)
  }

  /// Whatever is damaged in a document, there is a site or an error.
  @Test(arguments: ["forge.yaml", "clinic.json"]) func damagedDocumentsEndWell(fixture: String) async throws {
    let document = Array(try DocsRun.fixture(fixture).utf8)
    let name = "api." + (fixture.split(separator: ".").last ?? "")
    var random = SplitMix(state: 11)
    var sites = 0
    for _ in 0..<(StandardPaths.processEnvironment["JOURNEYMAN_FULL"] == "1" ? 400 : 12) {
      var bytes = document
      for _ in 0..<(1 + random.below(3)) {
        let place = random.below(bytes.count)
        switch random.below(3) {
        case 0: bytes[place] = UInt8(random.below(256))
        case 1: bytes.removeSubrange(place..<min(place + random.below(40), bytes.count))
        default: bytes.insert(contentsOf: bytes[0..<random.below(40)], at: place)
        }
      }
      let run = try DocsRun()
      try Data(bytes).write(to: URL(fileURLWithPath: run.workspace + "/" + name))
      do {
        let outcome = try await run.run(#"{"generator": "openapi", "source": "\#(name)", "broken-links": "warn"}"#)
        if outcome.status == .succeeded { sites += 1 }
      } catch is PluginError {
        continue
      }
    }
    #expect(sites > 0)
  }

  @Test func damagedMarkdownEndsWell() async throws {
    let text = Array(
      "# A\n\n[x](#a) ![y](z.png) <a id=\"b\"></a> `c`\n\n| a |\n|:-:|\n| b |\n\n```swift\nlet \"a\n```\n".utf8)
    var random = SplitMix(state: 13)
    for _ in 0..<40 {
      var bytes = text
      for _ in 0..<(1 + random.below(8)) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
      let run = try DocsRun()
      try FileSystem.makeDirectories(run.workspace + "/docs")
      try Data(bytes).write(to: URL(fileURLWithPath: run.workspace + "/docs/index.md"))
      let outcome = try await run.run(#"{"generator": "markdown", "source": "docs", "broken-links": "warn"}"#)
      #expect(outcome.status == .succeeded)
    }
  }
}
