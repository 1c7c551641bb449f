import Foundation
import JourneymanActionKit
import JourneymanSupport
import TestSupport
import Testing

/// Sites from OpenAPI documents.
@Suite struct OpenAPITests {
  private static let head = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\n"

  @Test func operationsSchemasAndAuthenticationAreShown() async throws {
    let run = try DocsRun(["api.yaml": DocsRun.fixture("shop.yaml")])
    let outcome = try await run.run(#"{"generator": "openapi", "source": "api.yaml"}"#)
    #expect(outcome.status == .succeeded, "\(outcome.message)\n\(run.services.lines)")
    #expect(outcome.outputs["pages"] == "43" && outcome.outputs["broken-links"] == "0")
    #expect(outcome.artifacts == [ActionArtifact(name: "docs", directory: "site")])

    let index = try run.page("index.html")
    for part in [
      "<h1>Corner Shop API</h1>", "id=\"auth-shopkey\"", "orders:read", "OAuth 2.0", "https://{region}.shop",
      "<a href=\"operations/catalogue.html#listproducts\">", "<a href=\"schemas/product.html\">",
      "<td class=\"center\">2</td>", "href=\"https://shop.example.org/handbook\"",
    ] { #expect(index.contains(part), "\(part)") }

    let orders = try run.page("operations/orders.html")
    for part in [
      "<span class=\"method post\">POST</span> /orders", "<a href=\"../schemas/neworder.html\">NewOrder</a>",
      "Idempotency-Key", "orderChanged", "<a href=\"../index.html#auth-shopkey\">shopKey</a>",
      "&#39;X-Shop-Key: YOUR_API_KEY&#39;", "<a href=\"orders.html#getorder\">getOrder</a>",
    ] { #expect(orders.contains(part), "\(part)") }
    for language in ["curl", "JavaScript", "Python", "Java", "Swift"] {
      #expect(orders.contains(">\(language)</label>"))
    }

    let event = try run.page("schemas/orderevent.html")
    #expect(event.contains("tells which one it is") && event.contains("<a href=\"ordersent.html\">OrderSent</a>"))
    let money = try run.page("schemas/money.html")
    #expect(money.contains("pattern <code>^[A-Z]{3}$</code>") && money.contains("1250"))
    // A text that looks like a number stays one.
    #expect(try run.page("schemas/address.html").contains("<span class=\"s\">&quot;00123&quot;</span>"))
  }

  @Test func recursiveSchemasOf31End() async throws {
    let run = try DocsRun(["api.yaml": DocsRun.fixture("forge.yaml")])
    let outcome = try await run.run(#"{"generator": "openapi", "source": "api.yaml"}"#)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    let comment = try run.page("schemas/comment.html")
    #expect(comment.contains("array of <a href=\"comment.html\">Comment</a>"))
    #expect(try run.page("schemas/json.html").contains("string | number | boolean | null"))
    #expect(try run.page("schemas/loop.html").contains("LoopBack"))
    #expect(try run.page("schemas/point.html").contains("Items in this order"))
    // A schema beneath another one has a page, too, and leads to itself.
    #expect(try run.page("schemas/step.html").contains("array of <a href=\"step.html\">step</a>"))
    #expect(try run.page("operations/webhooks.html").contains("Sent by the API"))
    #expect(try run.page("operations/contents.html").contains("--cert client.pem"))
    #expect(try run.page("schemas/problem.html").contains("&lt; 600"))
  }

  @Test func jsonWithEscapedCharactersIsRead() async throws {
    let run = try DocsRun(["api.json": DocsRun.fixture("clinic.json")])
    let outcome = try await run.run(#"{"generator": "openapi", "source": "api.json", "output": "public/api"}"#)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    #expect(try run.page("schemas/patient.html").contains("Zoë 😀 Müller"))
    #expect(try run.page("operations/patients.html").contains("https://api.example.com/clinic/v1/patients"))
    // The same files lie in the workspace, for later phases.
    let copy = try String(contentsOfFile: run.workspace + "/public/api/schemas/patient.html", encoding: .utf8)
    #expect(try copy == run.page("schemas/patient.html"))
  }

  @Test func documentsOfSeveralFilesLeadToEachOther() async throws {
    let run = try DocsRun([
      "api/openapi.yaml": Self.head
        + "paths:\n  /a:\n    $ref: 'paths/a.yaml'\ncomponents:\n  schemas:\n    Local: {type: string}\n",
      "api/paths/a.yaml":
        "get:\n  responses:\n    '200':\n      description: d\n      content:\n        application/json:\n"
        + "          schema: {$ref: '../node.yaml'}\n",
      "api/node.yaml":
        "type: object\ntitle: Node\nproperties:\n  next: {$ref: 'node.yaml'}\n  local: {$ref: "
        + "'openapi.yaml#/components/schemas/Local'}\n",
    ])
    let outcome = try await run.run(#"{"generator": "openapi", "source": "api/openapi.yaml"}"#)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    let node = try run.page("schemas/node.html")
    #expect(node.contains("<a href=\"node.html\">Node</a>") && node.contains("<a href=\"local.html\">Local</a>"))
  }

  @Test(arguments: [
    ("$ref: '#/components/schemas/Gone'", "api.yaml:9: '$ref: #/components/schemas/Gone' leads nowhere"),
    ("$ref: 'https://example.com/a.yaml'", "api.yaml:9: '$ref: https://example.com/a.yaml' leads to the network"),
    ("$ref: '../../etc/passwd'", "api.yaml:9: '$ref: ../../etc/passwd' leads out of the workspace"),
    ("$ref: '/etc/passwd'", "api.yaml:9: '$ref: /etc/passwd' leads out of the workspace"),
    ("$ref: 'link.yaml'", "api.yaml:9: '$ref' leads to link.yaml, which cannot be read"),
    ("$ref: 'gone.yaml#/a'", "api.yaml:9: '$ref' leads to gone.yaml, which cannot be read"),
    ("description: 'see [it](#gone)'", "api.yaml:9: the link '#gone' leads to no heading 'gone' of schemas/a.html"),
    (
      "description: |-\n        one\n\n        [two](other.html)", "api.yaml:12: the link 'other.html' leads to no page"
    ),
  ])
  func referencesThatLeadNowhereFailWithTheirLine(line: String, message: String) async throws {
    let run = try DocsRun([
      "api.yaml": Self.head
        + "paths: {}\n# a comment\ncomponents:\n  schemas:\n    A:\n      type: object\n      \(line)\n",
      "outside.yaml": "type: string\n",
    ])
    symlink("outside.yaml", run.workspace + "/link.yaml")
    let outcome = try await run.run(#"{"generator": "openapi", "source": "api.yaml"}"#)
    #expect(outcome.status == .failed && outcome.message.hasPrefix(message), "\(outcome.message)")
    #expect(run.services.lines.contains { $0.hasPrefix("error: \(message)") })
    let forgiven = try await run.run(#"{"generator": "openapi", "source": "api.yaml", "broken-links": "warn"}"#)
    #expect(forgiven.status == .succeeded && forgiven.outputs["broken-links"] != "0")
  }

  /// Data that looks like a reference is none.
  @Test func examplesAreNoReferences() async throws {
    let run = try DocsRun([
      "api.yaml": Self.head
        + "paths: {}\ncomponents:\n  schemas:\n    A:\n      type: object\n      example: {$ref: '#/nowhere'}\n"
        + "      properties:\n        $ref: {type: string}\n"
    ])
    let outcome = try await run.run(#"{"generator": "openapi", "source": "api.yaml"}"#)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
  }

  @Test(arguments: [
    ("swagger: '2.0'\n", "is Swagger 2.0"), ("openapi: 4.0.0\n", "3.0 and 3.1 are understood"), ("- a\n", "no mapping"),
    ("a: [\n", "api.yaml:2"), ("", "the document is empty"), ("title: x\n", "has no key 'openapi'"),
    (
      "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
        + "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
        + "g: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n", "nodes"
    ),
  ])
  func whatIsNoDocumentIsRefused(document: String, message: String) async throws {
    let run = try DocsRun(["api.yaml": document])
    let found = await failure { try await run.run(#"{"generator": "openapi", "source": "api.yaml"}"#) }
    #expect(found.contains(message), "\(found)")
  }

  @Test func aSourceOutsideTheWorkspaceIsRefused() async throws {
    let run = try DocsRun()
    symlink("/etc/hostname", run.workspace + "/api.yaml")
    let found = await failure { try await run.run(#"{"generator": "openapi", "source": "api.yaml"}"#) }
    #expect(found.contains("api.yaml"), "\(found)")
  }
}
