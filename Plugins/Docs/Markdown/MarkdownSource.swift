import JourneymanActionKit
import JourneymanActionSupport

/// One Markdown file, with what stands before its text.
struct MarkdownSource: Sendable {
  /// The longest file that is read, in bytes.
  static let longestFile = 2 << 20

  /// The file, relative to the source folder.
  let path: String
  /// The text; what stood before it is blank, so that lines keep their numbers.
  let text: String
  /// The title that the front matter gives.
  let title: String?
  /// Where the front matter puts the page among its neighbours.
  let order: Int?

  init(path: String, bytes: [UInt8]) {
    self.path = path
    var lines = String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
      .split(separator: "\n", omittingEmptySubsequences: false)
    if let first = lines.first, first.hasPrefix("\u{FEFF}") { lines[0] = first.dropFirst() }
    var node: DataNode?
    if lines.first == "---", let end = lines.dropFirst().prefix(200).firstIndex(where: { $0 == "---" || $0 == "..." }) {
      let matter = lines[1..<end].joined(separator: "\n")
      node = try? DataNode(Array(matter.utf8), byteLimit: 1 << 16, nodeLimit: 1_000)
      if node?.entries != nil { for index in 0...end { lines[index] = "" } }
    }
    title = node?["title"]?.text.flatMap { $0.isEmpty ? nil : String($0.prefix(300)) }
    order = ["order", "nav_order", "weight", "sidebar_position"].lazy.compactMap { node?[$0]?.number }.first
      .flatMap { Int(exactly: $0.rounded()) }
    text = lines.joined(separator: "\n")
  }

  /// The file's name without its extension.
  var stem: String { Self.stem(path) }

  static func stem(_ path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }

  /// A name as a title: `getting-started` is `Getting started`, `02_setup` is `Setup`.
  static func prettyTitle(_ name: String) -> String {
    let body = name.drop { $0.isNumber || $0 == "-" || $0 == "_" || $0 == "." }
    let words = (body.isEmpty ? name[...] : body).split { $0 == "-" || $0 == "_" }.joined(separator: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  /// Where each file's page lies: `index.md`, else `README.md`, becomes its folder's `index.html`.
  static func pages(of paths: [String]) -> [String: String] {
    let all = Set(paths)
    var pages: [String: String] = [:]
    var names = NameRegister()
    func isIndex(_ path: String) -> Bool {
      let name = stem(path).lowercased()
      if name == "index" { return true }
      guard name == "readme" else { return false }
      let folder = PageName.folder(of: path)
      return !all.contains { PageName.folder(of: $0) == folder && stem($0).lowercased() == "index" }
    }
    let indexes = paths.filter(isIndex)
    for path in indexes { pages[path] = names.unique(PageName.folder(of: path) + "index") + ".html" }
    for path in paths where pages[path] == nil {
      pages[path] = names.unique(PageName.folder(of: path) + stem(path)) + ".html"
    }
    return pages
  }
}
