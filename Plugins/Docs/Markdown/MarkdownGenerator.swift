import JourneymanActionKit
import JourneymanActionSupport

/// Makes a site of a folder of Markdown files.
struct MarkdownGenerator: Sendable {
  /// The most pages of a site.
  static let mostPages = 5_000

  /// The folder or the file, relative to the workspace.
  let source: String
  let title: String?
  let version: String?
  /// Folders that hold no sources: where sites of this and earlier builds lie.
  let excluded: [String]

  private struct Rendered {
    let leaf: PageTree.Leaf
    let html: RenderedMarkdown
    let outline: [(identifier: String, text: String, depth: Int)]
    let hasTitle: Bool
  }

  /// Makes the site.
  ///
  /// - Throws: `PluginError` when there are no sources, or too many.
  func generate(_ context: ActionContext) async throws -> GeneratedSite {
    let single = try? context.workspace.open(source, followingLinks: false)
    let root = single == nil ? (source == "." ? "" : source) : String(PageName.folder(of: source).dropLast())
    let files = try await find(root, context)
    let name = String(source.dropFirst(root.isEmpty ? 0 : root.utf8.count + 1))
    let sources = single == nil ? files.filter { $0.hasSuffix(".md") || $0.hasSuffix(".markdown") } : [name]
    if sources.isEmpty { throw PluginError(.failed, "there is no Markdown file (*.md) in \(source)") }
    if sources.count > Self.mostPages {
      throw PluginError(.failed, "\(source) holds \(sources.count) Markdown files; at most \(Self.mostPages) are read")
    }
    let pages = MarkdownSource.pages(of: sources)
    let surroundings = PageRewriter.Surroundings(
      pages: pages, targets: Set(pages.values), files: Set(files), root: root)
    var ledger = LinkLedger()
    var assets: [String: (file: String, line: Int)] = [:]
    var rendered: [Rendered] = []
    for path in sources {
      try Task.checkCancellation()
      let full = root.isEmpty ? path : "\(root)/\(path)"
      guard let page = pages[path], let bytes = try await read(full, MarkdownSource.longestFile, context) else {
        continue
      }
      let source = MarkdownSource(path: path, bytes: bytes)
      var rewriter = PageRewriter(source: path, page: page, surroundings)
      let html = try Markdown.render(source.text, rewriting: &rewriter)
      ledger.add(rewriter.ledger)
      ledger.add(page: page, anchors: rewriter.anchors)
      for (asset, line) in rewriter.assets where assets[asset] == nil { assets[asset] = (full, line) }
      if rewriter.leftOut > 0 {
        context.log("\(full): raw HTML is left out (\(rewriter.leftOut) times)", .warning)
      }
      let name = source.title ?? rewriter.title ?? MarkdownSource.prettyTitle(source.stem)
      rendered.append(
        Rendered(
          leaf: PageTree.Leaf(source: path, page: page, title: name, order: source.order), html: html,
          outline: rewriter.outline, hasTitle: rewriter.title != nil))
    }
    var site = Site()
    try await copy(assets, root, &site, &ledger, context)
    try put(rendered, into: &site, context.build.project)
    return GeneratedSite(site: site, problems: ledger.check(), pages: rendered.count)
  }

  /// The files of a folder, relative to it; hidden ones are none.
  private func find(_ root: String, _ context: ActionContext) async throws -> [String] {
    let start = root.isEmpty ? "" : root + "/"
    let hidden = ["\(start).*", "\(start).*/**", "\(start)**/.*", "\(start)**/.*/**", "\(start)**/node_modules/**"]
    let found = try await context.workspace.find(
      ["\(start)**/*"], excluding: hidden + excluded.map { "\($0)/**" })
    return found.map { String($0.dropFirst(start.count)) }
  }

  /// A file's content; `nil` with a warning when a symbolic link leads to it.
  private func read(_ path: String, _ limit: Int, _ context: ActionContext) async throws -> [UInt8]? {
    let file: ActionFile
    do {
      file = try context.workspace.open(path, followingLinks: false)
    } catch {
      context.log("\(path) is passed over: \(error)", .warning)
      return nil
    }
    return try await file.contents(limit: limit)
  }

  private func copy(
    _ assets: [String: (file: String, line: Int)], _ root: String, _ site: inout Site, _ ledger: inout LinkLedger,
    _ context: ActionContext
  ) async throws {
    for (asset, place) in assets.sorted(by: { $0.key < $1.key }) {
      let path = root.isEmpty ? asset : "\(root)/\(asset)"
      guard let content = try await read(path, AssetKind.largestFile, context) else {
        let message = "the link leads to \(asset), a symbolic link, which a site does not take over"
        ledger.add(SiteProblem(file: place.file, line: place.line, message: message))
        continue
      }
      if let objection = AssetKind.objection(to: asset, content) {
        ledger.add(SiteProblem(file: place.file, line: place.line, message: "\(asset) \(objection)"))
      } else {
        try site.add(content, at: asset)
      }
    }
  }

  private func put(_ rendered: [Rendered], into site: inout Site, _ project: String) throws {
    let hasIndex = rendered.contains { $0.leaf.page == "index.html" }
    let tree = PageTree(rendered.map(\.leaf))
    let siteTitle = title ?? rendered.first { $0.leaf.page == "index.html" }?.leaf.title ?? project
    let frame = PageFrame(title: siteTitle, version: version, navigation: tree.entries)
    let order = tree.flat
    var places: [String: Int] = [:]
    for (index, entry) in order.enumerated() { if let page = entry.page { places[page] = index } }
    var search = SearchIndex()
    for item in rendered {
      let page = item.leaf.page
      let heading: HTML = item.hasTitle ? .empty : "<h1>\(item.leaf.title)</h1>\n"
      let place = places[page]
      let shown = PageFrame.Page(
        path: page, title: item.leaf.title, body: heading + HTML(trusted: item.html.html), outline: item.outline,
        previous: place.flatMap { $0 > 0 ? order[$0 - 1] : nil },
        next: place.flatMap { $0 + 1 < order.count ? order[$0 + 1] : nil })
      try site.add(frame.render(shown), at: page)
      search.add(item.leaf.title, at: page, text: item.html.text)
      for entry in item.outline {
        search.add(entry.text, at: page, fragment: entry.identifier, text: item.leaf.title)
      }
    }
    if !hasIndex {
      let items = order.map { entry -> HTML in
        "<li><a href=\"\(PageName.encoded(entry.page ?? ""))\">\(entry.title)</a></li>\n"
      }
      let body: HTML = "<h1>\(siteTitle)</h1>\n<ul>\n\(items)</ul>"
      try site.add(frame.render(PageFrame.Page(path: "index.html", title: siteTitle, body: body)), at: "index.html")
    }
    try SiteAssets.add(to: &site, search: search)
  }
}
