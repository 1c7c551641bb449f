import JourneymanActionKit
import JourneymanActionSupport

/// Makes a site of an OpenAPI document.
struct APIGenerator: Sendable {
  /// The document, relative to the workspace.
  let source: String
  let title: String?
  let version: String?

  private typealias Page = PageFrame.Page

  /// Makes the site.
  ///
  /// - Throws: `PluginError` when the document cannot be read or is none.
  func generate(_ context: ActionContext) async throws -> GeneratedSite {
    let documents = try await APIDocuments(source, context)
    let model = try APIModel(documents)
    var renderer = APIRenderer(model)
    var search = SearchIndex()
    var pages: [Page] = []

    renderer.begin("index.html")
    let overview = try renderer.overview()
    pages.append(Page(path: "index.html", title: model.title, body: overview, outline: renderer.outline))
    renderer.end()
    for group in model.groups {
      try Task.checkCancellation()
      pages.append(try page(of: group, &renderer, &search))
    }
    pages += try schemaPages(&renderer, &search)

    let frame = PageFrame(title: title ?? model.title, version: version, navigation: navigation(model, renderer))
    var site = Site()
    for (index, page) in pages.enumerated() {
      if index % 50 == 0 { try Task.checkCancellation() }
      try site.add(frame.render(page), at: page.path)
    }
    try SiteAssets.add(to: &site, search: search)
    let problems = Set(documents.problems + renderer.ledger.check()).sorted()
    return GeneratedSite(site: site, problems: problems, pages: pages.count)
  }

  private func page(of group: APIModel.Group, _ renderer: inout APIRenderer, _ search: inout SearchIndex) throws -> Page
  {
    let anchors = group.operations.map(\.anchor)
    var names = NameRegister.page
    for name in anchors { _ = names.unique(name) }
    renderer.begin(group.page, names: names, anchors: Set(anchors))
    var body: HTML = "<h1>\(group.name)</h1>\n"
    body += try renderer.markdown(group.description, depth: 2)
    for operation in group.operations {
      body += try renderer.section(operation)
      let words = [operation.method, operation.path, operation.operation["description"]?.text ?? ""]
      search.add(operation.title, at: group.page, fragment: operation.anchor, text: words.joined(separator: " "))
    }
    let entries = group.operations.map {
      PageFrame.Entry(title: $0.title, page: group.page, fragment: $0.anchor, badge: $0.method)
    }
    renderer.end()
    return Page(
      path: group.page, title: group.name, body: body, outline: renderer.outline,
      navigation: entries)
  }

  /// A page for each schema, also for those that only other schemas' pages lead to.
  private func schemaPages(_ renderer: inout APIRenderer, _ search: inout SearchIndex) throws -> [Page] {
    var pages: [Page] = []
    var index = 0
    while index < renderer.schemas.count {
      try Task.checkCancellation()
      let item = renderer.schemas[index]
      index += 1
      renderer.begin(item.page)
      var body: HTML = "<h1>\(item.name)</h1>\n"
      body += "<p class=\"type\">\(try renderer.label(item.schema))</p>\n\(try renderer.view(item.schema))"
      var maker = ExampleMaker(renderer.model.documents, isRequest: false)
      if let example = maker.make(item.schema) {
        body += "<h2>Example</h2>\n\(Highlighter(language: "json").block(JSONText.pretty(example) + "\n"))"
      }
      let words = (item.schema["properties"]?.entries ?? []).map(\.key).joined(separator: " ")
      search.add(item.name, at: item.page, text: "\(words) \(item.schema["description"]?.text ?? "")")
      pages.append(Page(path: item.page, title: item.name, body: body))
      renderer.end()
    }
    let rows = renderer.schemas.map { item -> HTML in
      let link = PageName.link(from: "schemas/index.html", to: item.page)
      return "<li><a href=\"\(link)\">\(item.name)</a></li>\n"
    }
    let list: HTML = rows.isEmpty ? "<p>There are none.</p>\n" : "<ul>\n\(rows)</ul>\n"
    renderer.begin("schemas/index.html")
    renderer.end()
    return [Page(path: "schemas/index.html", title: "Schemas", body: "<h1>Schemas</h1>\n\(list)")] + pages
  }

  private func navigation(_ model: APIModel, _ renderer: APIRenderer) -> [PageFrame.Entry] {
    let schemas = renderer.schemas.prefix(200).map { PageFrame.Entry(title: $0.name, page: $0.page) }
    return [PageFrame.Entry(title: "Overview", page: "index.html")]
      + model.groups.map { PageFrame.Entry(title: $0.name, page: $0.page) }
      + [PageFrame.Entry(title: "Schemas", page: "schemas/index.html", children: schemas)]
  }
}
