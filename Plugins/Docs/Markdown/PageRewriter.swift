import JourneymanActionSupport

/// Makes one Markdown file a page of a site: links lead to pages, headings have names, images lie in the site.
struct PageRewriter: MarkdownRewriter {
  /// What all pages of a site share.
  struct Surroundings {
    /// The pages of the source files.
    let pages: [String: String]
    /// The paths of all pages.
    let targets: Set<String>
    /// All files of the source folder.
    let files: Set<String>
    /// The source folder, relative to the workspace.
    let root: String
  }

  private let surroundings: Surroundings
  private let source: String
  private let page: String
  /// The links of this page.
  private(set) var ledger = LinkLedger()
  private(set) var anchors: Set<String> = []
  private(set) var outline: [(identifier: String, text: String, depth: Int)] = []
  private(set) var title: String?
  /// The files that the page needs, and the lines that name them.
  private(set) var assets: [String: Int] = [:]
  /// How many pieces of raw HTML were left out.
  private(set) var leftOut = 0
  private var names = NameRegister.page

  init(source: String, page: String, _ surroundings: Surroundings) {
    self.source = source
    self.page = page
    self.surroundings = surroundings
  }

  private var file: String { surroundings.root.isEmpty ? source : "\(surroundings.root)/\(source)" }

  mutating func heading(_ heading: MarkdownHeading) -> MarkdownHeadingStyle {
    let name = names.unique(PageName.anchor(heading.text))
    anchors.insert(name)
    if heading.level == 1 && title == nil {
      title = String(heading.text.prefix(300))
    } else if heading.level <= 4 {
      outline.append((name, heading.text, heading.level - 1))
    }
    return MarkdownHeadingStyle(level: heading.level, identifier: name)
  }

  func code(_ text: String, language: String) -> String { Highlighter(language: language).block(text).text }

  /// Only what READMEs use for places and line breaks has a meaning here.
  mutating func rawHTML(_ text: String) -> String {
    let tag = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    if tag.firstMatch(of: /^<br ?\/?>$/) != nil { return "<br>" }
    if let found = tag.firstMatch(of: /^<a (?:name|id) ?= ?["']([^"'<>]{1,200})["'] ?\/?>(?: ?<\/a>)?$/) {
      let name = names.unique(String(found.output.1))
      anchors.insert(name)
      return ("<span id=\"\(name)\"></span>" as HTML).text
    }
    if !tag.hasPrefix("<!--") && tag != "</a>" { leftOut += 1 }
    return ""
  }

  mutating func target(of link: MarkdownLink) -> MarkdownTarget {
    if link.url.hasPrefix("//") || MarkdownURL.scheme(of: link.url) != nil {
      let url = link.url.hasPrefix("//") ? "https:" + link.url : link.url
      // Nothing is loaded from elsewhere, so an image elsewhere is only linked to.
      return link.isImage ? .link(url) : .url(url)
    }
    let (path, fragment) = Self.split(link.url)
    guard let path = PageName.decoded(path), let place = fragment.map(PageName.decoded) ?? .some("") else {
      return refuse(link, "is no URL")
    }
    let name = fragment == nil ? nil : place
    if path.isEmpty {
      ledger.add(linkTo: page, fragment: name, shown: link.url, file: file, line: link.line)
      return .url("#" + PageName.encoded(place))
    }
    let start = path.hasPrefix("/") ? "" : PageName.folder(of: source)
    guard let target = PageName.normal(start + path) else { return refuse(link, "leads out of the documentation") }
    if let found = pagePath(target) {
      if link.isImage { return refuse(link, "is no image") }
      ledger.add(linkTo: found, fragment: name, shown: link.url, file: file, line: link.line)
      return .url(PageName.link(from: page, to: found) + (name.map { "#" + PageName.encoded($0) } ?? ""))
    }
    guard surroundings.files.contains(target) else { return refuse(link, "leads to nothing") }
    guard AssetKind.isAllowed(target) else {
      return refuse(link, "leads to a file of a kind that a site does not take over")
    }
    if link.isImage && !AssetKind.isImage(target) { return refuse(link, "is no image") }
    if assets[target] == nil { assets[target] = link.line }
    return .url(PageName.link(from: page, to: target))
  }

  private mutating func refuse(_ link: MarkdownLink, _ why: String) -> MarkdownTarget {
    let what = link.isImage ? "image" : "link"
    ledger.add(SiteProblem(file: file, line: link.line, message: "the \(what) '\(link.url.prefix(200))' \(why)"))
    return .text
  }

  /// The page that a path of the source folder stands for: a file, a folder, or a page by its own name.
  private func pagePath(_ target: String) -> String? {
    if let page = surroundings.pages[target] { return page }
    let candidates = [target, target.isEmpty ? "index.html" : target + "/index.html"]
    return candidates.first(where: surroundings.targets.contains)
  }

  /// A URL without its query, in path and fragment.
  private static func split(_ url: String) -> (String, String?) {
    let parts = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts[0].prefix { $0 != "?" }
    return (String(path), parts.count > 1 ? String(parts[1]) : nil)
  }
}
