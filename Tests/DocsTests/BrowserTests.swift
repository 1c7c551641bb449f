import Foundation
import JourneymanActionKit
import JourneymanSupport
import TestSupport
import Testing

/// The sites as a browser and a validator see them.
@Suite(
  .takingTurns,
  .enabled(
    if: NeededPrograms.areFound("chromium", "tidy", "/usr/lib/python3/dist-packages/html5lib"),
    "chromium, tidy or python3-html5lib is missing"))
struct BrowserTests {
  /// One page as it was seen.
  private struct Look: Decodable {
    let page: String
    let width: Int
    let dark: Bool
    let errors: [String]
    let requests: [String]
    let pictureBytes: Int
    let title: String
    let location: String
    let text: Int
    let overflow: Int
    let background: String
    let color: String
  }

  private struct Report: Decodable {
    let base: String
    let looks: [Look]
    let found: [String]
  }

  private func validate(_ folder: String) async throws {
    let outcome = try await TestProgram.run("/usr/bin/python3", [DocsRun.fixtures + "html-validator.py", folder])
    #expect(outcome.status == 0, "\(outcome.output.prefix(3000))\(outcome.errors)")
    #expect(outcome.output.contains(" pages, 0 errors"))
  }

  /// Opens pages, each four times.
  private func look(_ run: DocsRun, _ scheme: String, search: String, _ pages: [String]) async throws -> Report {
    let shots = run.output + "/shots"
    try FileSystem.makeDirectories(shots)
    let outcome = try await TestProgram.run(
      "/usr/bin/python3", [DocsRun.fixtures + "browser.py", run.output + "/site", scheme, shots, search] + pages,
      timeout: .seconds(300))
    try #require(outcome.status == 0, "\(outcome.errors)")
    let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
    try #require(report.looks.count == pages.count * 4)
    return report
  }

  /// Opens pages, and expects nothing bad of them.
  private func browse(_ run: DocsRun, _ scheme: String, search: String, _ pages: [String]) async throws -> Report {
    let report = try await look(run, scheme, search: search, pages)
    for look in report.looks {
      let name = "\(look.page) \(look.width) \(look.dark ? "dark" : "light")"
      #expect(look.errors.isEmpty, "\(name): \(look.errors)")
      #expect(
        !look.requests.isEmpty && look.requests.allSatisfy { $0.hasPrefix(report.base) }, "\(name): \(look.requests)")
      #expect(look.overflow <= 0, "\(name) is \(look.overflow) pixels too wide")
      #expect(look.pictureBytes > 5_000 && look.text > 20 && !look.title.isEmpty, "\(name)")
      let (back, fore) = (Self.brightness(look.background), Self.brightness(look.color))
      #expect(
        look.dark ? back < 60 && fore > 180 : back > 200 && fore < 80, "\(name): \(look.color) on \(look.background)")
    }
    return report
  }

  /// The mean of `rgb(1, 2, 3)`.
  private static func brightness(_ color: String) -> Int {
    let parts = color.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }
    return parts.count >= 3 ? (parts[0] + parts[1] + parts[2]) / 3 : -1
  }

  @Test(arguments: [
    (
      "shop.yaml", "api.yaml", "refund",
      ["index.html", "operations/orders.html", "schemas/product.html", "schemas/index.html"]
    ),
    (
      "forge.yaml", "api.yaml", "comment",
      ["index.html", "operations/builds.html", "schemas/job.html", "schemas/comment.html"]
    ),
    ("clinic.json", "api.json", "patient", ["index.html", "operations/patients.html", "schemas/invoice.html"]),
  ])
  func sitesOfOpenAPI(fixture: String, source: String, search: String, pages: [String]) async throws {
    let run = try DocsRun([source: DocsRun.fixture(fixture)])
    let outcome = try await run.run(#"{"generator": "openapi", "source": "\#(source)"}"#)
    try #require(outcome.status == .succeeded, "\(outcome.message)")
    try await validate(run.output + "/site")
    let report = try await browse(run, "http", search: search, pages)
    #expect(report.found.contains { $0.contains(search) }, "\(report.found)")
    #expect(report.found.allSatisfy { $0.hasPrefix(report.base) })
  }

  /// Also from a folder that somebody has unpacked, without a server.
  @Test func aSiteOfMarkdownWithVersions() async throws {
    let run = try DocsRun([
      "docs/index.md": "# Home\n\n[Guide](guide/setup.md) ~~old~~\n\n- [x] done\n- [ ] open\n\n![plan](plan.svg)\n",
      "docs/guide/setup.md":
        "# Setup\n\n```sh\nif true; then echo \"" + String(repeating: "long ", count: 80) + "\"; fi\n```\n\n"
        + "| " + String(repeating: "column | ", count: 20) + "\n|" + String(repeating: "---|", count: 20) + "\n| "
        + String(repeating: "cell | ", count: 20) + "\n\nA zanzibar.\n\n> quoted\n\n1. one\n2. two\n   - inner\n\n"
        + "`" + String(repeating: "unbroken", count: 40)
        + "` <a id=\"x\"></a>\n\nline<br>break\n\n***\n\n## Same\n\n## Same\n",
      "docs/plan.svg":
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"20\"><rect width=\"9\" height=\"9\"/></svg>",
    ])
    for version in ["1.0", "1.1"] {
      let outcome = try await run.run(
        #"{"generator": "markdown", "source": "docs", "output": "public", "version": "\#(version)"}"#)
      try #require(outcome.status == .succeeded, "\(outcome.message)")
    }
    try await validate(run.output + "/site")
    let http = try await browse(
      run, "http", search: "", ["index.html", "1.0/index.html", "1.1/guide/setup.html", "latest/guide/setup.html"])
    let redirected = http.looks.filter { $0.page.hasPrefix("latest/") }.map(\.location)
    #expect(redirected.allSatisfy { $0 == http.base + "1.1/guide/setup.html" }, "\(redirected)")
    let file = try await browse(run, "file", search: "zanzibar", ["1.1/guide/setup.html", "1.1/index.html"])
    #expect(file.found == [file.base + "1.1/guide/setup.html"])
  }

  /// The validator and the browser say what is wrong with a page: what passes them elsewhere has been looked at.
  @Test func whatIsWrongIsFound() async throws {
    let run = try DocsRun([
      "made/index.html": """
      <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Wrong</title></head><body>
      <p id="a">one<div id="a" nonsense="1">two</p></div><ul><p>three</p></ul>
      <img src="http://127.0.0.1:1/far.png" alt="far"><script>console.log("said"); throw new Error("thrown")</script>
      <div style="width: 3000px">wide</div></body></html>
      """
    ])
    _ = try await run.run(#"{"generator": "command", "command": "true", "output": "made", "broken-links": "warn"}"#)
    let validator = try await TestProgram.run(
      "/usr/bin/python3", [DocsRun.fixtures + "html-validator.py", run.output + "/site"])
    #expect(validator.status == 1)
    for part in ["anchor \"a\" already defined", "nonsense", "unexpected-end-tag"] {
      #expect(validator.output.contains(part), "\(validator.output)")
    }
    let seen = try await look(run, "http", search: "", ["index.html"])
    for look in seen.looks {
      for part in ["said", "thrown", "far.png"] {
        #expect(look.errors.contains { $0.contains(part) }, "\(look.errors)")
      }
      #expect(look.requests.contains("http://127.0.0.1:1/far.png") && look.overflow > 1_000)
    }
  }

  /// What an author writes can do nothing, and the page is still valid.
  @Test func aHostileDocumentDoesNothing() async throws {
    let evil =
      "</title><script>alert(1)</script><img src=https://evil.example/x onerror=alert(2)> [a](javascript:alert(3))"
    let quoted = "\"\(evil.replacing("\"", with: "\\\""))\""
    let run = try DocsRun([
      "api.yaml": """
      openapi: 3.1.0
      info: {title: \(quoted), version: \(quoted), description: \(quoted), contact: {url: "javascript:alert(4)", name: \(quoted)}}
      servers: [{url: "javascript:alert(5)//"}]
      tags: [{name: \(quoted), description: \(quoted)}]
      paths:
        "/{x}'\\"><script>alert(6)</script>":
          get:
            operationId: \(quoted)
            summary: \(quoted)
            tags: [\(quoted)]
            externalDocs: {url: "javascript:alert(7)"}
            parameters: [{name: \(quoted), in: query, required: true, example: \(quoted), schema: {type: string, pattern: \(quoted)}}]
            responses: {\(quoted): {description: \(quoted), content: {\(quoted): {schema: {$ref: '#/components/schemas/A'}}}}}
      components:
        securitySchemes: {\(quoted): {type: \(quoted), description: \(quoted)}}
        schemas: {A: {type: object, title: \(quoted), properties: {\(quoted): {enum: [\(quoted)], default: \(quoted)}}}}
      """
    ])
    let outcome = try await run.run(#"{"generator": "openapi", "source": "api.yaml"}"#)
    try #require(outcome.status == .succeeded, "\(outcome.message)")
    let pages = try run.files().filter { $0.hasSuffix(".html") }
    #expect(pages.count == 4)
    for page in pages { #expect(try run.page(page).components(separatedBy: "<script").count == 2) }
    try await validate(run.output + "/site")
    _ = try await browse(run, "http", search: "alert", pages)
  }
}
