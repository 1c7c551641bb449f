import JourneymanActionSupport

/// Looks through the pages of a site that another program has made: every link within it has to lead somewhere within
/// it.
struct SiteCheck {
  /// The site's folder, relative to the workspace, for messages.
  let folder: String
  /// The path at which a server shows the site; `nil` when links must not begin with a slash.
  let basePath: String?

  /// Attributes that lead to a file or a page.
  private static let links: [String: [String]] = [
    "a": ["href"], "area": ["href"], "link": ["href"], "img": ["src"], "script": ["src"], "iframe": ["src"],
    "frame": ["src"], "source": ["src"], "video": ["src", "poster"], "audio": ["src"], "track": ["src"],
    "embed": ["src"], "object": ["data"], "input": ["src"], "image": ["href", "xlink:href"],
  ]

  /// Links that are no promise to readers: hints to browsers about servers and other forms of the page.
  private static let hints: Set<String> = ["preconnect", "dns-prefetch", "canonical", "alternate", "search"]

  /// Everything that is wrong, in the files' order.
  ///
  /// - Throws: `CancellationError` when the action is ended, `SupportError` for a page that is too large.
  func problems(of site: Site) throws -> [SiteProblem] {
    var ledger = LinkLedger()
    let pages = site.files.filter { $0.key.hasSuffix(".html") || $0.key.hasSuffix(".htm") }
    for path in site.files.keys where pages[path] == nil { ledger.add(page: path) }
    for (path, content) in pages.sorted(by: { $0.key < $1.key }) {
      try Task.checkCancellation()
      let elements = try HTMLReader.elements(of: content)
      var anchors: Set<String> = []
      for element in elements {
        for key in ["id", "name"] { if let name = element.attributes[key] { anchors.insert(name) } }
      }
      ledger.add(page: path, anchors: anchors)
      let base = elements.first { $0.name == "base" && $0.attributes["href"] != nil }?.attributes["href"]
      for element in elements {
        for key in Self.links[element.name] ?? [] {
          guard let link = element.attributes[key] else { continue }
          let relations = element.attributes["rel"]?.lowercased().split(separator: " ").map(String.init) ?? []
          if element.name == "link" && !Self.hints.isDisjoint(with: relations) { continue }
          note(link, in: element, of: path, base: base, site: site, &ledger)
        }
      }
    }
    return ledger.check()
  }

  private func note(
    _ link: String, in element: HTMLElement, of page: String, base: String?, site: Site, _ ledger: inout LinkLedger
  ) {
    let file = "\(folder)/\(page)"
    func refuse(_ why: String) {
      ledger.add(
        SiteProblem(file: file, line: element.line, message: "the link '\(link.prefix(200))' \(why)"))
    }
    let url = String(link.drop(while: \.isWhitespace).prefix { !$0.isNewline })
    if url.hasPrefix("//") { return }
    if let scheme = MarkdownURL.scheme(of: url) {
      if scheme == "file" { refuse("leads to a file of the machine that made the site") }
      return
    }
    let parts = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    let query = (parts.first ?? "").prefix { $0 != "?" }
    guard let path = PageName.decoded(String(query)) else { return refuse("is no URL") }
    guard let target = Self.place(path, from: page, base: base, basePath) else {
      return refuse("leads out of \(folder)")
    }
    let found = [target, target.isEmpty ? "index.html" : "\(target)/index.html"].first { site.files[$0] != nil }
    guard let found else { return refuse("leads to nothing") }
    let fragment = parts.count > 1 ? PageName.decoded(String(parts[1])) : nil
    // Beginnings of these kinds are words to a script of the page, or a search in its text.
    let isRoute = fragment.map { $0.hasPrefix("/") || $0.hasPrefix("!") || $0.hasPrefix(":~:") } ?? false
    let isPage = found.hasSuffix(".html") || found.hasSuffix(".htm")
    let isChecked = isPage && !isRoute && ["a", "area"].contains(element.name)
    ledger.add(linkTo: found, fragment: isChecked ? fragment : nil, shown: link, file: file, line: element.line)
  }

  /// The file of the site that a path on a page means; `nil` when it is outside.
  private static func place(_ path: String, from page: String, base: String?, _ basePath: String?) -> String? {
    if path.isEmpty && base == nil { return page }
    func beneathBase(_ path: String) -> String? {
      guard let basePath else { return nil }
      let start = basePath.hasSuffix("/") ? basePath : basePath + "/"
      if path + "/" == start { return "" }
      return path.hasPrefix(start) ? PageName.normal(String(path.dropFirst(start.count))) : nil
    }
    if path.hasPrefix("/") { return beneathBase(path) }
    guard let base, MarkdownURL.scheme(of: base) == nil else {
      return PageName.normal(PageName.folder(of: page) + path)
    }
    if base.hasPrefix("/") { return beneathBase(PageName.folder(of: base) + path) }
    return PageName.normal(PageName.folder(of: PageName.folder(of: page) + base) + path)
  }
}
