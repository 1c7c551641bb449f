import JourneymanActionSupport

/// Makes a description of an API a part of a page.
struct DescriptionRewriter: MarkdownRewriter {
  /// What links in descriptions can lead to beside headings: places by the names that documents use.
  struct Places {
    /// Pages and fragments by `tag/NAME`, `operation/ID`, `/components/schemas/NAME`.
    var known: [String: (page: String, fragment: String?)] = [:]
    /// All pages.
    var pages: Set<String> = []
  }

  let places: Places
  /// The page that the description stands on.
  let page: String
  let file: String
  /// The line that line 1 of the text stands on.
  let firstLine: Int
  /// Whether each line of the text is one of the file.
  let hasLines: Bool
  /// How much deeper headings are than in the text.
  let depth: Int
  var names: NameRegister
  /// The links of this description.
  private(set) var ledger = LinkLedger()
  private(set) var anchors: Set<String> = []
  private(set) var outline: [(identifier: String, text: String, depth: Int)] = []

  init(
    places: Places, page: String, description: Located, depth: Int, names: NameRegister
  ) {
    self.places = places
    self.page = page
    file = description.file
    // The text of a block begins on the line after its mark; a JSON text and a quoted one are one line.
    hasLines = description.text?.contains("\n") == true && !description.file.lowercased().hasSuffix(".json")
    firstLine = description.line + (hasLines ? 1 : 0)
    self.depth = depth
    self.names = names
  }

  mutating func heading(_ heading: MarkdownHeading) -> MarkdownHeadingStyle {
    let name = names.unique(PageName.anchor(heading.text))
    anchors.insert(name)
    outline.append((name, heading.text, heading.level))
    return MarkdownHeadingStyle(level: heading.level + depth, identifier: name)
  }

  func code(_ text: String, language: String) -> String { Highlighter(language: language).block(text).text }

  func rawHTML(_ text: String) -> String {
    text.firstMatch(of: /^<br\s*\/?>$/) != nil ? "<br>" : ""
  }

  mutating func target(of link: MarkdownLink) -> MarkdownTarget {
    if link.url.hasPrefix("//") || MarkdownURL.scheme(of: link.url) != nil {
      let url = link.url.hasPrefix("//") ? "https:" + link.url : link.url
      return link.isImage ? .link(url) : .url(url)
    }
    let line = hasLines ? firstLine + link.line - 1 : firstLine
    let parts = link.url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let fragment = parts.count > 1 ? PageName.decoded(parts[1]) : nil
    if let path = parts.first, !path.isEmpty {
      let start = path.hasPrefix("/") ? "" : PageName.folder(of: page)
      guard !link.isImage, let target = PageName.decoded(path).flatMap({ PageName.normal(start + $0) }),
        places.pages.contains(target)
      else {
        let message = "the \(link.isImage ? "image" : "link") '\(link.url.prefix(200))' leads to no page of the site"
        ledger.add(SiteProblem(file: file, line: line, message: message))
        return .text
      }
      ledger.add(linkTo: target, fragment: fragment, shown: link.url, file: file, line: line)
      return .url(PageName.link(from: page, to: target) + (fragment.map { "#" + PageName.encoded($0) } ?? ""))
    }
    guard let fragment else { return .text }
    if let place = places.known[fragment] ?? places.known[fragment.lowercased()] {
      return .url(PageName.link(from: page, to: place.page) + (place.fragment.map { "#" + PageName.encoded($0) } ?? ""))
    }
    // `#section/NAME` is a heading of the introduction.
    if fragment.hasPrefix("section/"), let name = fragment.split(separator: "/").last {
      let anchor = PageName.anchor(String(name).replacing("-", with: " "))
      ledger.add(linkTo: "index.html", fragment: anchor, shown: link.url, file: file, line: line)
      return .url(PageName.link(from: page, to: "index.html") + "#" + PageName.encoded(anchor))
    }
    ledger.add(linkTo: page, fragment: fragment, shown: link.url, file: file, line: line)
    return .url("#" + PageName.encoded(fragment))
  }
}
