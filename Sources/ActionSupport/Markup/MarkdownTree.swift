internal import CMark
internal import Foundation

/// A Markdown text as cmark-gfm's tree, and the changes that a rewriter makes to it.
struct MarkdownTree: ~Copyable {
  private let parser: OpaquePointer
  private let document: OpaquePointer

  private typealias Node = OpaquePointer

  init(_ text: String) throws(SupportError) {
    cmark_gfm_core_extensions_ensure_registered()
    // Positions of links are only counted with this option.
    guard let parser = cmark_parser_new(CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_SOURCEPOS) else {
      throw SupportError(.library, "there is no memory left")
    }
    for name in Markdown.extensions {
      guard let found = cmark_find_syntax_extension(name) else {
        cmark_parser_free(parser)
        throw SupportError(.library, "this machine's cmark-gfm has no extension '\(name)'")
      }
      cmark_parser_attach_syntax_extension(parser, found)
    }
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { cmark_parser_feed(parser, $0.baseAddress, $0.count) }
    }
    guard let document = cmark_parser_finish(parser) else {
      cmark_parser_free(parser)
      throw SupportError(.library, "the text was not parsed")
    }
    self.parser = parser
    self.document = document
  }

  deinit {
    cmark_node_free(document)
    cmark_parser_free(parser)
  }

  /// The HTML; raw HTML that no rewriter has replaced is left out.
  func html() throws(SupportError) -> String {
    let extensions = cmark_parser_get_syntax_extensions(parser)
    guard let rendered = cmark_render_html(document, CMARK_OPT_VALIDATE_UTF8, extensions) else {
      throw SupportError(.library, "the text was not rendered")
    }
    defer { free(rendered) }
    return String(cString: rendered)
  }

  /// The words of the text.
  func plainText() -> String {
    var text = ""
    visit(document) { node, type in
      switch type {
      case CMARK_NODE_TEXT, CMARK_NODE_CODE: text += Self.literal(node)
      case CMARK_NODE_PARAGRAPH, CMARK_NODE_HEADING, CMARK_NODE_SOFTBREAK, CMARK_NODE_LINEBREAK, CMARK_NODE_ITEM:
        text += " "
      default: if let name = cmark_node_get_type_string(node), strcmp(name, "table_cell") == 0 { text += " " }
      }
    }
    return text
  }

  /// Lets a rewriter change the tree.
  func rewrite(_ rewriter: inout some MarkdownRewriter) {
    var headings: [Node] = []
    var links: [Node] = []
    var codes: [Node] = []
    var raws: [Node] = []
    visit(document) { node, type in
      switch type {
      case CMARK_NODE_HEADING: headings.append(node)
      case CMARK_NODE_LINK, CMARK_NODE_IMAGE: links.append(node)
      case CMARK_NODE_CODE_BLOCK: codes.append(node)
      case CMARK_NODE_HTML_BLOCK, CMARK_NODE_HTML_INLINE: raws.append(node)
      default: break
      }
    }
    // What is replaced is a leaf, or hands its children on: no node of a later list is freed by an earlier one.
    for node in headings { style(node, &rewriter) }
    for node in links { lead(node, &rewriter) }
    for node in codes {
      let language = cmark_node_get_fence_info(node).map { String(cString: $0) } ?? ""
      let name = language.split(whereSeparator: { $0.isWhitespace || $0 == "," || $0 == "{" }).first.map(String.init)
      replace(node, by: CMARK_NODE_CUSTOM_BLOCK, rewriter.code(Self.literal(node), language: name ?? ""))
    }
    for node in raws {
      let isBlock = cmark_node_get_type(node) == CMARK_NODE_HTML_BLOCK
      replace(
        node, by: isBlock ? CMARK_NODE_CUSTOM_BLOCK : CMARK_NODE_CUSTOM_INLINE, rewriter.rawHTML(Self.literal(node)))
    }
  }

  private func style(_ node: Node, _ rewriter: inout some MarkdownRewriter) {
    var text = ""
    visit(node) { child, type in
      switch type {
      case CMARK_NODE_TEXT, CMARK_NODE_CODE: text += Self.literal(child)
      case CMARK_NODE_SOFTBREAK, CMARK_NODE_LINEBREAK: text += " "
      default: break
      }
    }
    let level = Int(cmark_node_get_heading_level(node))
    let style = rewriter.heading(MarkdownHeading(level: level, text: text, line: line(of: node)))
    cmark_node_set_heading_level(node, Int32(min(max(style.level, 1), 6)))
    guard let anchor = cmark_node_new(CMARK_NODE_CUSTOM_INLINE) else { return }
    let name = Self.escaped(style.identifier)
    cmark_node_set_on_enter(anchor, "<a class=\"anchor\" id=\"\(name)\" href=\"#\(name)\" aria-label=\"Link\">#</a>")
    cmark_node_append_child(node, anchor)
  }

  private func lead(_ node: Node, _ rewriter: inout some MarkdownRewriter) {
    let isImage = cmark_node_get_type(node) == CMARK_NODE_IMAGE
    let url = cmark_node_get_url(node).map { String(cString: $0) } ?? ""
    let link = MarkdownLink(url: url, isImage: isImage, line: line(of: node))
    var target = MarkdownURL.isSafe(url) ? rewriter.target(of: link) : .text
    if isImage, case .link = target, isInLink(node) { target = .text }
    switch target {
    case .url(let url): cmark_node_set_url(node, url)
    case .link(let url):
      guard isImage, let new = cmark_node_new(CMARK_NODE_LINK) else {
        cmark_node_set_url(node, url)
        return
      }
      cmark_node_set_url(new, url)
      cmark_node_insert_before(node, new)
      while let child = cmark_node_first_child(node) { cmark_node_append_child(new, child) }
      if cmark_node_first_child(new) == nil, let text = cmark_node_new(CMARK_NODE_TEXT) {
        cmark_node_set_literal(text, url)
        cmark_node_append_child(new, text)
      }
      cmark_node_free(node)
    case .text:
      while let child = cmark_node_first_child(node) { cmark_node_insert_before(node, child) }
      cmark_node_free(node)
    }
  }

  private func replace(_ node: Node, by type: cmark_node_type, _ html: String) {
    guard let new = cmark_node_new(type) else { return }
    cmark_node_set_on_enter(new, html)
    cmark_node_replace(node, new)
    cmark_node_free(node)
  }

  private func isInLink(_ node: Node) -> Bool {
    var above = cmark_node_parent(node)
    while let next = above {
      if cmark_node_get_type(next) == CMARK_NODE_LINK { return true }
      above = cmark_node_parent(next)
    }
    return false
  }

  /// The line of a node, else that of the block around it.
  private func line(of node: Node) -> Int {
    var place: Node? = node
    while let next = place {
      let line = Int(cmark_node_get_start_line(next))
      if line > 0 { return line }
      place = cmark_node_parent(next)
    }
    return 1
  }

  private func visit(_ root: Node, _ body: (Node, cmark_node_type) -> Void) {
    guard let iterator = cmark_iter_new(root) else { return }
    defer { cmark_iter_free(iterator) }
    while true {
      let event = cmark_iter_next(iterator)
      if event == CMARK_EVENT_DONE { return }
      guard event == CMARK_EVENT_ENTER, let node = cmark_iter_get_node(iterator) else { continue }
      body(node, cmark_node_get_type(node))
    }
  }

  private static func literal(_ node: Node) -> String { cmark_node_get_literal(node).map { String(cString: $0) } ?? "" }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("\"", with: "&quot;").replacing("<", with: "&lt;")
  }
}
