internal import CMark
internal import Foundation

/// Markdown by cmark-gfm: CommonMark with GitHub's tables, strikethrough, autolinks and task lists.
public enum Markdown {
  /// The longest text that is rendered, in bytes.
  public static let longestText = 16 << 20

  static let extensions = ["table", "strikethrough", "autolink", "tasklist"]

  /// Renders a text as HTML. Raw HTML in it is left out, and so are `javascript:` and similar links.
  ///
  /// - Parameter keepsPositions: whether elements carry `data-sourcepos`, the lines and columns they come from.
  /// - Throws: ``SupportError`` for a text that is too long.
  public static func html(_ text: String, keepsPositions: Bool = false) throws(SupportError) -> String {
    if text.utf8.count > longestText {
      throw SupportError(.limit, "the text has more than \(longestText) bytes")
    }
    cmark_gfm_core_extensions_ensure_registered()
    let options = CMARK_OPT_VALIDATE_UTF8 | (keepsPositions ? CMARK_OPT_SOURCEPOS : 0)
    guard let parser = cmark_parser_new(options) else { throw SupportError(.library, "there is no memory left") }
    defer { cmark_parser_free(parser) }
    for name in extensions {
      guard let found = cmark_find_syntax_extension(name) else {
        throw SupportError(.library, "this machine's cmark-gfm has no extension '\(name)'")
      }
      cmark_parser_attach_syntax_extension(parser, found)
    }
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { cmark_parser_feed(parser, $0.baseAddress, $0.count) }
    }
    guard let document = cmark_parser_finish(parser) else { throw SupportError(.library, "the text was not parsed") }
    defer { cmark_node_free(document) }
    guard let rendered = cmark_render_html(document, options, cmark_parser_get_syntax_extensions(parser)) else {
      throw SupportError(.library, "the text was not rendered")
    }
    defer { free(rendered) }
    return String(cString: rendered)
  }

  /// Renders a text as HTML, with links, headings and code as a rewriter wants them. Cells of tables have the classes
  /// `left`, `center` and `right` in place of HTML 4's attributes.
  ///
  /// - Throws: ``SupportError`` for a text that is too long.
  public static func render(
    _ text: String, rewriting rewriter: inout some MarkdownRewriter
  ) throws(SupportError) -> RenderedMarkdown {
    if text.utf8.count > longestText {
      throw SupportError(.limit, "the text has more than \(longestText) bytes")
    }
    let tree = try MarkdownTree(text)
    let words = tree.plainText()
    tree.rewrite(&rewriter)
    var html = try tree.html()
    // Only the renderer writes these: in texts, `<` and `"` are escaped.
    for cell in ["td", "th"] {
      for side in ["left", "center", "right"] {
        html = html.replacing("<\(cell) align=\"\(side)\"", with: "<\(cell) class=\"\(side)\"")
      }
    }
    return RenderedMarkdown(html: html, text: words)
  }
}
