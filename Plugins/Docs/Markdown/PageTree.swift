/// The order of the pages of a folder and of the folders in it.
struct PageTree {
  /// One page.
  struct Leaf {
    let source: String
    let page: String
    let title: String
    let order: Int?
  }

  private(set) var entries: [PageFrame.Entry] = []

  init(_ leaves: [Leaf]) { entries = Self.entries(of: leaves, in: "") }

  /// All pages as one reads them.
  var flat: [PageFrame.Entry] {
    func walk(_ entries: [PageFrame.Entry]) -> [PageFrame.Entry] {
      entries.flatMap { ($0.page == nil ? [] : [$0]) + walk($0.children) }
    }
    return walk(entries)
  }

  private static func entries(of leaves: [Leaf], in folder: String) -> [PageFrame.Entry] {
    var sortable: [(order: Int, name: String, entry: PageFrame.Entry)] = []
    var nested: [String: [Leaf]] = [:]
    var index: Leaf?
    for leaf in leaves {
      let rest = leaf.source.dropFirst(folder.count)
      if let slash = rest.firstIndex(of: "/") {
        nested[String(rest[..<slash]), default: []].append(leaf)
      } else if leaf.page == folder + "index.html" {
        index = leaf
      } else {
        let entry = PageFrame.Entry(title: leaf.title, page: leaf.page)
        sortable.append((leaf.order ?? Int.max, MarkdownSource.stem(leaf.source), entry))
      }
    }
    for (name, inner) in nested {
      let path = folder + name + "/"
      let own = inner.first { $0.page == path + "index.html" }
      let title = own?.title ?? MarkdownSource.prettyTitle(name)
      let entry = PageFrame.Entry(
        title: title, page: own?.page, children: entries(of: inner, in: path), isOpen: own == nil)
      sortable.append((own?.order ?? Int.max, name, entry))
    }
    sortable.sort { ($0.order, SortKey($0.name)) < ($1.order, SortKey($1.name)) }
    let first = folder.isEmpty ? index.map { [PageFrame.Entry(title: $0.title, page: $0.page)] } ?? [] : []
    return first + sortable.map(\.entry)
  }
}

/// A name in the order that people expect: numbers by their value, `2` before `10`.
struct SortKey: Comparable {
  private let parts: [(number: Int, text: String)]
  private let name: String

  init(_ name: String) {
    self.name = name
    var parts: [(Int, String)] = []
    var rest = name.lowercased()[...]
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      let text = rest.prefix { !($0.isASCII && $0.isNumber) }
      rest = rest.dropFirst(text.count)
      parts.append((digits.isEmpty ? Int.max : Int(digits.prefix(18)) ?? Int.max, String(text)))
    }
    self.parts = parts
  }

  static func == (left: SortKey, right: SortKey) -> Bool { left.name == right.name }

  static func < (left: SortKey, right: SortKey) -> Bool {
    for (one, other) in zip(left.parts, right.parts) where one != other { return one < other }
    return left.parts.count != right.parts.count ? left.parts.count < right.parts.count : left.name < right.name
  }
}
