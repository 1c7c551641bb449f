import JourneymanActionKit
import JourneymanActionSupport

/// One operation as a section of its tag's page.
extension APIRenderer {
  /// The whole section.
  mutating func section(_ operation: APIOperation) throws -> HTML {
    outline(operation.anchor, operation.title)
    let method = operation.method
    let deprecated: HTML = operation.isDeprecated ? " <span class=\"flag deprecated\">deprecated</span>" : .empty
    var html: HTML = """
      <section class="operation">
      <h2 id="\(operation.anchor)">\(operation.title)\(deprecated)<a class="anchor" href="#\(operation.anchor)" \
      aria-label="Link">#</a></h2>
      <p class="path"><span class="method \(method.lowercased())">\(method)</span> \(operation.path)</p>

      """
    if operation.isIncoming { html += "<p class=\"type\">Sent by the API to an address of yours.</p>\n" }
    html += try markdown(operation.item["description"])
    html += try markdown(operation.operation["description"])
    html += try furtherReading(operation.operation["externalDocs"])
    html += requirements(of: operation)
    html += try parameters(of: operation)
    if let value = operation.operation["requestBody"], let body = model.documents.resolved(value) {
      let flag: HTML =
        body["required"]?.node.boolean == true ? " <span class=\"flag required\">required</span>" : .empty
      html += "<h3>Request body\(flag)</h3>\n\(try markdown(body["description"], depth: 3))"
      html += try contents(body["content"], isRequest: true)
    }
    html += try responses(operation.operation["responses"])
    html += try callbacks(operation.operation["callbacks"])
    if !operation.isIncoming { html += samples(operation) }
    return html + "</section>\n"
  }

  /// A link to documentation elsewhere.
  mutating func furtherReading(_ documentation: Located?) throws -> HTML {
    guard let documentation, let url = documentation["url"]?.text, Self.isAbsolute(url) else { return .empty }
    return "\(try markdown(documentation["description"], depth: 3))<p><a href=\"\(url)\">\(url)</a></p>\n"
  }

  /// Whether a URL is one that a page may link to.
  static func isAbsolute(_ url: String) -> Bool {
    MarkdownURL.scheme(of: url) != nil && MarkdownURL.isSafe(url) && !url.unicodeScalars.contains { $0.value <= 32 }
  }

  /// What somebody has to show to be let in.
  private func requirements(of operation: APIOperation) -> HTML {
    let alternatives = model.security(of: operation)
    if alternatives.isEmpty { return .empty }
    let items = alternatives.map { requirement -> HTML in
      if requirement.isEmpty { return "<li>none</li>\n" }
      let parts = requirement.map { scheme -> HTML in
        let scopes: HTML =
          scheme.scopes.isEmpty ? .empty : " (\(scheme.scopes.map { "<code>\($0)</code>" as HTML }.joined(", ")))"
        guard model.scheme(scheme.scheme) != nil else { return "\(scheme.scheme)\(scopes)" }
        let place = PageName.link(from: page, to: "index.html") + "#" + Self.anchor(ofScheme: scheme.scheme)
        return "<a href=\"\(place)\">\(scheme.scheme)</a>\(scopes)"
      }
      return "<li>\(parts.joined(" and "))</li>\n"
    }
    return "<h3>Authentication</h3>\n<ul>\n\(items)</ul>\n"
  }

  /// The name of a scheme's place on the first page.
  static func anchor(ofScheme name: String) -> String { "auth-" + PageName.slug(name) }

  private mutating func parameters(of operation: APIOperation) throws -> HTML {
    let parameters = model.parameters(of: operation)
    if parameters.isEmpty { return .empty }
    var html: HTML = "<h3>Parameters</h3>\n"
    for (place, title) in [("path", "Path"), ("query", "Query"), ("header", "Header"), ("cookie", "Cookie")] {
      var rows = HTML.empty
      for parameter in parameters where parameter["in"]?.text == place { rows += try row(parameter, place) }
      if !rows.isEmpty { html += "<h4>\(title)</h4>\n<ul class=\"properties\">\n\(rows)</ul>\n" }
    }
    return html
  }

  /// A parameter, or a header of an answer.
  private mutating func row(_ parameter: Located, _ place: String, name: String? = nil) throws -> HTML {
    let schema = parameter["schema"] ?? parameter["content"]?.entries.first?.value["schema"]
    let isRequired = place == "path" || parameter["required"]?.node.boolean == true
    let type: HTML = try schema.map { "<span class=\"type\">\(try label($0))</span>" } ?? .empty
    let body = try schema.map { try view($0, isDescribed: parameter["description"] == nil) } ?? .empty
    let example: HTML =
      parameter["example"].map {
        "<p class=\"type\">Example: <code>\(JSONText.compact($0.node, longest: 200))</code></p>\n"
      } ?? .empty
    return "<li><code>\(name ?? parameter["name"]?.text ?? "?")</code> \(type)"
      + "\(SchemaFacts.flags(of: parameter, isRequired: isRequired))\n"
      + "\(try markdown(parameter["description"], depth: 4))\(body)\(example)</li>\n"
  }

  /// Bodies by their media types.
  private mutating func contents(_ content: Located?, isRequest: Bool) throws -> HTML {
    var html = HTML.empty
    for (type, media) in content?.entries ?? [] {
      html += "<p><code>\(type)</code>"
      if let schema = media["schema"] {
        html += " <span class=\"type\">\(try label(schema))</span></p>\n\(try view(schema))"
      } else {
        html += "</p>\n"
      }
      html += examples(MediaExamples(model.documents, media, isRequest: isRequest), type: type)
    }
    return html
  }

  private func examples(_ examples: MediaExamples, type: String) -> HTML {
    let isJSON = SampleRequestMaker.isJSON(type)
    var html = HTML.empty
    for example in examples.values {
      // What is made of a schema is JSON; for other media types only an author's own text is one.
      guard isJSON || example.value.members == nil else { continue }
      let text = isJSON ? JSONText.pretty(example.value) : example.value.plainText
      let title = [example.name, example.summary].compactMap { $0 }.joined(separator: ": ")
      let language = isJSON ? "json" : type.hasSuffix("xml") ? "xml" : ""
      html +=
        "<details><summary>Example\(title.isEmpty ? "" : " – \(title)")</summary>\n"
        + "\(Highlighter(language: language).block(text + "\n"))</details>\n"
    }
    return html
  }

  private mutating func responses(_ responses: Located?) throws -> HTML {
    var html = HTML.empty
    for (status, value) in responses?.entries ?? [] {
      guard let response = model.documents.resolved(value) else { continue }
      html += "<h4><code>\(status)</code></h4>\n\(try markdown(response["description"], depth: 4))"
      var headers = HTML.empty
      for (name, header) in response["headers"]?.entries ?? [] {
        if let header = model.documents.resolved(header) { headers += try row(header, "header", name: name) }
      }
      if !headers.isEmpty { html += "<p>Headers:</p>\n<ul class=\"properties\">\n\(headers)</ul>\n" }
      html += try contents(response["content"], isRequest: false)
      html += try links(response["links"])
    }
    return html.isEmpty ? .empty : "<h3>Responses</h3>\n\(html)"
  }

  private mutating func links(_ links: Located?) throws -> HTML {
    var rows = HTML.empty
    for (name, value) in links?.entries ?? [] {
      guard let link = model.documents.resolved(value) else { continue }
      var target: HTML = .empty
      if let operation = link["operationId"]?.text {
        if let place = places.known["operation/\(operation)"] {
          let url = PageName.link(from: page, to: place.page) + (place.fragment.map { "#" + $0 } ?? "")
          target = " → <a href=\"\(url)\">\(operation)</a>"
        } else {
          let message = "the link's operationId '\(operation.prefix(200))' is that of no operation"
          ledger.add(SiteProblem(file: link.file, line: link.line, message: message))
        }
      }
      rows += "<li><code>\(name)</code>\(target) \(try markdown(link["description"], depth: 4))</li>\n"
    }
    return rows.isEmpty ? .empty : "<p>Links:</p>\n<ul class=\"properties\">\n\(rows)</ul>\n"
  }

  /// Requests that the API sends back; a callback in a callback is only named.
  private mutating func callbacks(_ callbacks: Located?) throws -> HTML {
    var html = HTML.empty
    for (name, value) in callbacks?.entries ?? [] {
      guard let callback = model.documents.resolved(value) else { continue }
      for (expression, value) in callback.entries {
        guard let item = model.documents.resolved(value) else { continue }
        for method in APIModel.methods {
          guard let operation = item[method] else { continue }
          html +=
            "<details><summary>\(name): <span class=\"method \(method)\">\(method.uppercased())</span> "
            + "<code>\(expression)</code></summary>\n\(try markdown(operation["description"], depth: 3))"
          if let value = operation["requestBody"], let body = model.documents.resolved(value) {
            html += try contents(body["content"], isRequest: true)
          }
          html += "\(try responses(operation["responses"]))</details>\n"
        }
      }
    }
    return html.isEmpty ? .empty : "<h3>Callbacks</h3>\n\(html)"
  }

  private mutating func samples(_ operation: APIOperation) -> HTML {
    let samples = RequestSamples(request: SampleRequestMaker(model: model).make(operation)).all
    let group = anchor("\(operation.anchor)-samples")
    var tabs = HTML.empty
    var blocks = HTML.empty
    for (index, sample) in samples.enumerated() {
      let name = anchor("\(group)-\(sample.language)")
      let checked: HTML = index == 0 ? " checked" : .empty
      tabs +=
        "<input type=\"radio\" name=\"\(group)\" id=\"\(name)\"\(checked)>"
        + "<label for=\"\(name)\">\(sample.title)</label>\n"
      blocks += Highlighter(language: sample.language).block(sample.code)
    }
    return "<h3>Request samples</h3>\n<div class=\"samples\" id=\"\(group)\">\n\(tabs)\(blocks)</div>\n"
  }
}
