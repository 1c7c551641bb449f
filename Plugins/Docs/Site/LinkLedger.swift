/// The links of a site's pages and what they can lead to, checked when all pages are made.
struct LinkLedger {
  /// A link to a page of the site.
  struct Entry {
    let page: String
    let fragment: String?
    let shown: String
    let file: String
    let line: Int
  }

  private var anchors: [String: Set<String>] = [:]
  private var entries: [Entry] = []
  private(set) var problems: [SiteProblem] = []

  /// Says that a page exists, and which places on it links can lead to.
  mutating func add(page: String, anchors names: Set<String> = []) { anchors[page, default: []].formUnion(names) }

  /// Notes a link, which leads to a page and maybe a place on it.
  mutating func add(
    linkTo page: String, fragment: String?, shown: String, file: String, line: Int
  ) {
    entries.append(Entry(page: page, fragment: fragment, shown: shown, file: file, line: line))
  }

  /// Notes something that is wrong already.
  mutating func add(_ problem: SiteProblem) { problems.append(problem) }

  /// Takes over what another part of the site has noted.
  mutating func add(_ other: LinkLedger) {
    anchors.merge(other.anchors) { $0.union($1) }
    entries += other.entries
    problems += other.problems
  }

  /// Everything that is wrong.
  func check() -> [SiteProblem] {
    var found = problems
    for entry in entries {
      guard let names = anchors[entry.page] else {
        found.append(
          SiteProblem(file: entry.file, line: entry.line, message: "the link '\(entry.shown)' leads to no page"))
        continue
      }
      // `#top` is the beginning of every page by the HTML standard.
      guard let fragment = entry.fragment, !fragment.isEmpty, fragment != "top", !names.contains(fragment) else {
        continue
      }
      found.append(
        SiteProblem(
          file: entry.file, line: entry.line,
          message: "the link '\(entry.shown)' leads to no heading '\(fragment.prefix(100))' of \(entry.page)"))
    }
    return Array(Set(found)).sorted()
  }
}
