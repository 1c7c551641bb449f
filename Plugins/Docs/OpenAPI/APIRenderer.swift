import JourneymanActionKit
import JourneymanActionSupport

/// What the pages of one API share while they are made: names of schemas, links, and the page in hand.
struct APIRenderer {
  /// A schema that has a page of its own.
  struct SchemaPage {
    let schema: Located
    let name: String
    let page: String
  }

  /// The most pages of schemas.
  static let mostSchemas = 10_000

  let model: APIModel
  private(set) var places = DescriptionRewriter.Places()
  var ledger = LinkLedger()
  private(set) var schemas: [SchemaPage] = []
  private var schemaIndex: [String: Int] = [:]
  private var schemaNames = NameRegister(["index"])

  /// The page in hand.
  private(set) var page = ""
  var names = NameRegister.page
  private(set) var anchors: Set<String> = []
  private(set) var outline: [(identifier: String, text: String, depth: Int)] = []

  init(_ model: APIModel) {
    self.model = model
    var known: [String: (page: String, fragment: String?)] = [:]
    var pages: Set<String> = ["index.html", "schemas/index.html"]
    for group in model.groups {
      pages.insert(group.page)
      known["tag/\(group.name)"] = (group.page, nil)
      known["tag/\(group.name.replacing(" ", with: "-"))"] = (group.page, nil)
      for operation in group.operations {
        guard let name = operation.operation["operationId"]?.text else { continue }
        known["operation/\(name)"] = (group.page, operation.anchor)
        known["tag/\(group.name)/operation/\(name)"] = (group.page, operation.anchor)
      }
    }
    for (name, schema) in model.document["components"]?["schemas"]?.entries ?? [] {
      register(schema, name)
      guard let page = schemas.last?.page else { continue }
      pages.insert(page)
      for form in ["/components/schemas/\(name)", "schema/\(name)", "model/\(name)"] { known[form] = (page, nil) }
    }
    places = DescriptionRewriter.Places(known: known, pages: pages)
  }

  private mutating func register(_ schema: Located, _ name: String) {
    let page = "schemas/\(schemaNames.unique(PageName.slug(name))).html"
    schemaIndex[schema.key] = schemas.count
    schemas.append(SchemaPage(schema: schema, name: String(name.prefix(200)), page: page))
  }

  /// Begins a page.
  mutating func begin(_ page: String, names: NameRegister = .page, anchors: Set<String> = []) {
    self.page = page
    self.names = names
    self.anchors = anchors
    outline = []
  }

  /// Ends the page in hand: links can lead to it now.
  mutating func end() { ledger.add(page: page, anchors: anchors) }

  /// Names a place on the page in hand.
  mutating func anchor(_ name: String, outline text: String? = nil, depth: Int = 1) -> String {
    let unique = names.unique(name)
    anchors.insert(unique)
    if let text { outline.append((unique, text, depth)) }
    return unique
  }

  /// Adds a place that has its name already to the page's outline.
  mutating func outline(_ identifier: String, _ text: String, depth: Int = 1) {
    anchors.insert(identifier)
    outline.append((identifier, text, depth))
  }

  /// A description as part of the page in hand.
  ///
  /// - Parameter isOutlined: whether its headings are part of the page's outline.
  mutating func markdown(_ description: Located?, depth: Int = 2, isOutlined: Bool = false) throws -> HTML {
    guard let description, let text = description.text, !text.isEmpty else { return .empty }
    var rewriter = DescriptionRewriter(
      places: places, page: page, description: description, depth: depth, names: names)
    let rendered = try Markdown.render(text, rewriting: &rewriter)
    names = rewriter.names
    ledger.add(rewriter.ledger)
    anchors.formUnion(rewriter.anchors)
    if isOutlined { outline += rewriter.outline }
    return HTML(trusted: rendered.html)
  }

  /// A link to the page of the schema that a reference leads to, which gets one if it has none.
  mutating func link(to reference: String, from file: String) throws(PluginError) -> HTML {
    guard let target = model.documents.target(of: reference, from: file) else {
      return "<span class=\"type\">\(reference)</span>"
    }
    if schemaIndex[target.key] == nil {
      if schemas.count >= Self.mostSchemas {
        throw PluginError(.failed, "the document has more than \(Self.mostSchemas) schemas")
      }
      let last = target.pointer.split(separator: "/").last.map(String.init)
      let name = last.flatMap { APIPointer.keys("/" + $0)?.first } ?? MarkdownSource.stem(target.file)
      register(target, target.node["title"]?.text ?? name)
    }
    guard let index = schemaIndex[target.key] else { return "<span class=\"type\">\(reference)</span>" }
    let schema = schemas[index]
    return "<a href=\"\(PageName.link(from: page, to: schema.page))\">\(schema.name)</a>"
  }
}
