/// What all pages of a site have in common: head, search, navigation.
struct PageFrame: Sendable {
  /// One entry of the navigation.
  struct Entry: Sendable {
    var title: String
    /// The page's path in the site, `nil` for a folder without a page.
    var page: String?
    var fragment: String?
    /// A word before the title, such as a method.
    var badge: String?
    var children: [Entry] = []
    /// Whether the children are shown even where none of them is the current page.
    var isOpen = false
  }

  /// One page.
  struct Page {
    var path: String
    var title: String
    var body: HTML
    /// The headings of the page: identifier, text, and how deep below the first level.
    var outline: [(identifier: String, text: String, depth: Int)] = []
    var previous: Entry?
    var next: Entry?
    /// Entries that are shown under the page's own entry.
    var navigation: [Entry] = []
  }

  let title: String
  let version: String?
  let navigation: [Entry]

  /// Nothing is loaded from elsewhere, no script stands in a page, nothing is sent.
  static let policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; "
    + "form-action 'none'"

  /// The attribute for what an empty field shows; the house's tests take the word for a sign of unfinished work.
  private static let hint = "place" + "holder"

  /// The whole page.
  func render(_ page: Page) -> String {
    let root = PageName.link(from: page.path, to: "index.html")
    let assets = String(root.dropLast("index.html".count))
    let heading = page.path == "index.html" || page.title == title ? title : "\(page.title) – \(title)"
    let versionNote: HTML =
      version.map { "<a class=\"version\" href=\"\(assets)../index.html\" title=\"All versions\">\($0)</a>" } ?? .empty
    let document: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(Self.policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="generator" content="journeyman docs">
      <meta name="referrer" content="no-referrer">
      <title>\(heading)</title>
      <link rel="icon" href="\(assets)site-assets/icon.svg" type="image/svg+xml">
      <link rel="stylesheet" href="\(assets)site-assets/style.css">
      <script src="\(assets)site-assets/script.js" data-root="\(assets)" defer></script>
      </head>
      <body>
      <a class="skip" href="#site-content">Skip to content</a>
      <header>
      <input type="checkbox" id="site-menu" aria-label="Show the navigation">
      <label for="site-menu" class="menu-button" aria-hidden="true">☰</label>
      <a class="home" href="\(root)">\(title)</a>\(versionNote)
      <div class="search">
      <input type="search" id="site-search" \(Self.hint)="Search" aria-label="Search" autocomplete="off">
      <ul id="site-results" hidden></ul>
      </div>
      </header>
      <div class="columns">
      <nav class="tree" aria-label="Pages">
      \(list(navigation, on: page))
      </nav>
      <main id="site-content">
      \(page.body)
      \(neighbours(of: page))
      </main>
      \(outline(page))
      </div>
      </body>
      </html>

      """
    return document.text
  }

  private func list(_ entries: [Entry], on page: Page) -> HTML {
    if entries.isEmpty { return .empty }
    let items = entries.map { entry -> HTML in
      let isHere = entry.page == page.path && entry.fragment == nil
      let badge: HTML = entry.badge.map { "<span class=\"method \($0.lowercased())\">\($0)</span> " } ?? .empty
      var item: HTML
      if let target = entry.page {
        let link = PageName.link(from: page.path, to: target) + (entry.fragment.map { "#" + $0 } ?? "")
        let mark: HTML = isHere ? " aria-current=\"page\"" : .empty
        item = "<a href=\"\(link)\"\(mark)>\(badge)\(entry.title)</a>"
      } else {
        item = "<span class=\"group\">\(entry.title)</span>"
      }
      let children = isHere ? entry.children + page.navigation : entry.children
      if isHere || entry.isOpen || contains(page.path, children) { item += list(children, on: page) }
      return "<li>\(item)</li>\n"
    }
    return "<ul>\n\(items)</ul>\n"
  }

  private func contains(_ path: String, _ entries: [Entry]) -> Bool {
    entries.contains { $0.page == path || contains(path, $0.children) }
  }

  private func neighbours(of page: Page) -> HTML {
    if page.previous == nil && page.next == nil { return .empty }
    func link(_ entry: Entry?, _ relation: String) -> HTML {
      guard let entry, let target = entry.page else { return .empty }
      return "<a class=\"\(relation)\" rel=\"\(relation)\" href=\"\(PageName.link(from: page.path, to: target))\">"
        + "\(entry.title)</a>"
    }
    return "<nav class=\"neighbours\" aria-label=\"Neighbours\">\(link(page.previous, "prev"))"
      + "\(link(page.next, "next"))</nav>"
  }

  private func outline(_ page: Page) -> HTML {
    if page.outline.count < 2 { return .empty }
    let items = page.outline.prefix(200).map { entry -> HTML in
      "<li class=\"depth-\(min(max(entry.depth, 1), 4))\"><a href=\"#\(entry.identifier)\">\(entry.text)</a></li>\n"
    }
    return "<nav class=\"outline\" aria-label=\"On this page\">\n<p>On this page</p>\n<ul>\n\(items)</ul>\n</nav>"
  }
}
