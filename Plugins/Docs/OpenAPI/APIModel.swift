import JourneymanActionKit
import JourneymanActionSupport

/// An operation of an API: one method of one path, or one webhook or callback.
struct APIOperation: Sendable {
  /// The method in capitals.
  let method: String
  /// The path template, or the webhook's name.
  let path: String
  /// Whether the API calls its user, not the other way round.
  let isIncoming: Bool
  /// The operation, and the path item around it.
  let operation: Located
  let item: Located
  /// The tag whose page it stands on.
  let tag: String
  /// Its name on its page.
  let anchor: String

  var title: String { operation["summary"]?.text ?? operation["operationId"]?.text ?? "\(method) \(path)" }
  var isDeprecated: Bool { operation["deprecated"]?.node.boolean == true }
}

/// What an OpenAPI document says, in the order of the document.
struct APIModel: Sendable {
  /// Operations under one name.
  struct Group: Sendable {
    let name: String
    let description: Located?
    let page: String
    var operations: [APIOperation] = []
  }

  /// The most operations that are shown.
  static let mostOperations = 5_000

  static let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]

  let documents: APIDocuments
  let document: Located
  let title: String
  private(set) var groups: [Group] = []

  /// - Throws: `PluginError` for a document that is no OpenAPI 3.0 or 3.1.
  init(_ documents: APIDocuments) throws(PluginError) {
    guard let document = documents.document, document.node.entries != nil else {
      throw PluginError(.failed, "\(documents.root) is no OpenAPI document: it is no mapping")
    }
    if let old = document["swagger"]?.text {
      throw PluginError(.failed, "\(documents.root) is Swagger \(old); convert it to OpenAPI 3.0 or 3.1")
    }
    guard let version = document["openapi"]?.text else {
      throw PluginError(.failed, "\(documents.root) is no OpenAPI document: it has no key 'openapi'")
    }
    if !version.hasPrefix("3.0") && !version.hasPrefix("3.1") {
      throw PluginError(.failed, "\(documents.root) is OpenAPI \(version.prefix(20)); 3.0 and 3.1 are understood")
    }
    self.documents = documents
    self.document = document
    title = document["info"]?["title"]?.text.flatMap { $0.isEmpty ? nil : $0 } ?? "API"
    try gather()
  }

  private mutating func gather() throws(PluginError) {
    var names = NameRegister(["index", "schemas"])
    var places: [String: Int] = [:]
    var anchors = NameRegister.page
    func place(_ tag: String, _ groups: inout [Group]) -> Int {
      if let known = places[tag] { return known }
      let described = document["tags"]?.items.first { $0["name"]?.text == tag }
      let page = "operations/\(names.unique(PageName.slug(tag))).html"
      groups.append(Group(name: tag, description: described?["description"], page: page))
      places[tag] = groups.count - 1
      return groups.count - 1
    }
    // The document's own order of tags, then that of their first use.
    for tag in document["tags"]?.items ?? [] { if let name = tag["name"]?.text { _ = place(name, &groups) } }
    var count = 0
    for (section, isIncoming) in [("paths", false), ("webhooks", true)] {
      for (path, value) in document[section]?.entries ?? [] {
        guard let item = documents.resolved(value) else { continue }
        for method in Self.methods {
          guard let operation = item[method] else { continue }
          count += 1
          if count > Self.mostOperations {
            throw PluginError(.failed, "\(documents.root) has more than \(Self.mostOperations) operations")
          }
          let tag = operation["tags"]?.items.first?.text ?? (isIncoming ? "Webhooks" : "Operations")
          let name = operation["operationId"]?.text ?? "\(method) \(path)"
          let index = place(tag, &groups)
          groups[index].operations.append(
            APIOperation(
              method: method.uppercased(), path: path, isIncoming: isIncoming, operation: operation, item: item,
              tag: tag,
              anchor: anchors.unique(PageName.slug(name))))
        }
      }
    }
    groups.removeAll { $0.operations.isEmpty }
  }

  /// Parameters of an operation: its own, and those of its path item that it does not replace.
  func parameters(of operation: APIOperation) -> [Located] {
    var found: [(key: String, value: Located)] = []
    for list in [operation.item["parameters"], operation.operation["parameters"]] {
      for value in list?.items ?? [] {
        guard let parameter = documents.resolved(value) else { continue }
        let key = "\(parameter["in"]?.text ?? "") \(parameter["name"]?.text ?? "")"
        if let known = found.firstIndex(where: { $0.key == key }) {
          found[known].value = parameter
        } else {
          found.append((key, parameter))
        }
      }
    }
    return found.map(\.value)
  }

  /// The alternatives of what an operation asks for: each names schemes and the scopes of each.
  func security(of operation: APIOperation) -> [[(scheme: String, scopes: [String])]] {
    let list = operation.operation["security"] ?? document["security"]
    return (list?.items ?? []).map { alternative in
      alternative.entries.map { ($0.key, $0.value.items.compactMap(\.text)) }
    }
  }

  /// A scheme of authentication.
  func scheme(_ name: String) -> Located? {
    document["components"]?["securitySchemes"]?[name].flatMap { documents.resolved($0) }
  }

  /// Where requests of an operation go, with the default values of the server's variables.
  func server(of operation: APIOperation) -> String {
    let server = (operation.operation["servers"] ?? operation.item["servers"] ?? document["servers"])?.items.first
    return server.map(Self.url) ?? "https://api.example.com"
  }

  /// A server's URL with the default values of its variables; a relative one beneath an example's host.
  static func url(of server: Located) -> String {
    var url = String((server["url"]?.text ?? "").prefix(longestURL))
    for (name, variable) in server["variables"]?.entries ?? [] {
      url = url.replacing("{\(name)}", with: String((variable["default"]?.text ?? name).prefix(200)))
      // A default may name a variable again, and so on.
      if url.utf8.count > longestURL { break }
    }
    if url.hasSuffix("/") { url.removeLast() }
    if url.hasPrefix("//") { return "https:" + url }
    if MarkdownURL.scheme(of: url) != nil { return url }
    return "https://api.example.com" + (url.isEmpty || url.hasPrefix("/") ? url : "/" + url)
  }

  private static let longestURL = 2_000
}
