import JourneymanActionKit
import JourneymanActionSupport

/// The first page: what the API is, where it is, how one is let in, what it can do.
extension APIRenderer {
  mutating func overview() throws -> HTML {
    let info = model.document["info"]
    var html: HTML = "<h1>\(model.title)</h1>\n"
    let version = info?["version"]?.text.map { "Version \($0)" }
    let license = info?["license"]?["name"]?.text.map { "License: \($0)" }
    let facts = [version, license].compactMap { $0 }
    if !facts.isEmpty { html += "<p class=\"type\">\(facts.joined(separator: " · "))</p>\n" }
    if let summary = info?["summary"]?.text { html += "<p>\(summary)</p>\n" }
    html += try markdown(info?["description"], depth: 1, isOutlined: true)
    html += contact(info)
    html += try furtherReading(model.document["externalDocs"])
    html += try servers()
    html += try schemes()
    return html + (try groups())
  }

  private func contact(_ info: Located?) -> HTML {
    var links: [HTML] = []
    for (title, url) in [
      (info?["contact"]?["name"]?.text ?? "Contact", info?["contact"]?["url"]?.text),
      ("Terms of service", info?["termsOfService"]?.text), ("License", info?["license"]?["url"]?.text),
    ] {
      if let url, Self.isAbsolute(url) { links.append("<a href=\"\(url)\">\(title)</a>") }
    }
    if let mail = info?["contact"]?["email"]?.text, mail.wholeMatch(of: /[^\s@<>"?&]+@[^\s@<>"?&]+/) != nil {
      links.append("<a href=\"mailto:\(mail)\">\(mail)</a>")
    }
    return links.isEmpty ? .empty : "<p>\(links.joined(" · "))</p>\n"
  }

  private mutating func heading(_ text: String, _ name: String) -> HTML {
    let place = anchor(name, outline: text)
    return "<h2 id=\"\(place)\">\(text)</h2>\n"
  }

  private mutating func servers() throws -> HTML {
    let servers = model.document["servers"]?.items ?? []
    if servers.isEmpty { return .empty }
    var rows = HTML.empty
    for server in servers {
      var variables = HTML.empty
      for (name, variable) in server["variables"]?.entries ?? [] {
        let values = variable["enum"]?.items.compactMap(\.text).joined(separator: ", ") ?? ""
        let choice: HTML = values.isEmpty ? .empty : " (\(values))"
        variables +=
          "<li><code>\(name)</code> default <code>\(variable["default"]?.text ?? "")</code>\(choice)\n"
          + "\(try markdown(variable["description"], depth: 3))</li>\n"
      }
      let list: HTML = variables.isEmpty ? .empty : "<ul>\n\(variables)</ul>\n"
      rows +=
        "<li><code>\(server["url"]?.text ?? "")</code> \(try markdown(server["description"], depth: 3))\(list)</li>\n"
    }
    return heading("Servers", "servers") + "<ul>\n\(rows)</ul>\n"
  }

  private mutating func schemes() throws -> HTML {
    let schemes = model.document["components"]?["securitySchemes"]?.entries ?? []
    if schemes.isEmpty { return .empty }
    var html = heading("Authentication", "authentication")
    for (name, value) in schemes {
      guard let scheme = model.documents.resolved(value) else { continue }
      let place = anchor(Self.anchor(ofScheme: name), outline: name, depth: 2)
      html += "<h3 id=\"\(place)\">\(name)</h3>\n<p>\(Self.kind(of: scheme))</p>\n"
      html += try markdown(scheme["description"], depth: 3)
      for (flow, details) in scheme["flows"]?.entries ?? [] { html += Self.flow(flow, details) }
    }
    return html
  }

  private static func kind(of scheme: Located) -> HTML {
    let name = scheme["name"]?.text ?? ""
    switch scheme["type"]?.text {
    case "apiKey": return "API key in the \(scheme["in"]?.text ?? "header") <code>\(name)</code>"
    case "http":
      let format: HTML = scheme["bearerFormat"]?.text.map { " (\($0))" } ?? .empty
      return "HTTP authentication <code>\(scheme["scheme"]?.text ?? "")</code>\(format)"
    case "oauth2": return "OAuth 2.0"
    case "openIdConnect": return "OpenID Connect: <code>\(scheme["openIdConnectUrl"]?.text ?? "")</code>"
    case "mutualTLS": return "A client certificate (mutual TLS)"
    default: return "\(scheme["type"]?.text ?? "unknown")"
    }
  }

  private static func flow(_ name: String, _ flow: Located) -> HTML {
    var rows: [HTML] = []
    for (key, title) in [
      ("authorizationUrl", "Authorization"), ("tokenUrl", "Token"), ("refreshUrl", "Refresh"),
    ] {
      if let url = flow[key]?.text { rows.append("<li>\(title): <code>\(url)</code></li>\n") }
    }
    for (scope, meaning) in flow["scopes"]?.entries ?? [] {
      rows.append("<li>Scope <code>\(scope)</code>: \(meaning.text ?? "")</li>\n")
    }
    return rows.isEmpty
      ? "<p>Flow <code>\(name)</code></p>\n" : "<p>Flow <code>\(name)</code></p>\n<ul>\n\(rows)</ul>\n"
  }

  private mutating func groups() throws -> HTML {
    var html = HTML.empty
    for group in model.groups {
      let rows = group.operations.map { operation -> HTML in
        let url = PageName.link(from: page, to: group.page) + "#" + PageName.encoded(operation.anchor)
        return
          "<li><a href=\"\(url)\"><span class=\"method \(operation.method.lowercased())\">\(operation.method)</span> "
          + "<span class=\"path\">\(operation.path)</span></a> \(operation.title)</li>\n"
      }
      html +=
        "<h3><a href=\"\(PageName.link(from: page, to: group.page))\">\(group.name)</a></h3>\n<ul>\n\(rows)</ul>\n"
    }
    return html.isEmpty ? .empty : heading("Operations", "operations") + html
  }
}
