/// Decides what becomes of the parts of a Markdown text that a renderer cannot know: where links lead, which names
/// headings have, how code is shown.
///
/// HTML that a rewriter returns is used as it is: whoever makes it escapes it.
public protocol MarkdownRewriter {
  /// Says where a link or an image leads. Not asked about links that no site can follow, such as `javascript:`.
  mutating func target(of link: MarkdownLink) -> MarkdownTarget
  /// Names a heading.
  mutating func heading(_ heading: MarkdownHeading) -> MarkdownHeadingStyle
  /// The HTML of a block of code, `<pre>` included.
  mutating func code(_ text: String, language: String) -> String
  /// The HTML that stands for a piece of raw HTML, which is otherwise left out.
  mutating func rawHTML(_ text: String) -> String
}

/// A link or an image of a Markdown text.
public struct MarkdownLink: Sendable, Hashable {
  /// Where it leads, as written.
  public var url: String
  /// Whether it is an image.
  public var isImage: Bool
  /// Its line, from 1.
  public var line: Int
}

/// Where a link or an image leads in the rendered text.
public enum MarkdownTarget: Sendable, Hashable {
  /// There.
  case url(String)
  /// There, but an image becomes a link to it.
  case link(String)
  /// Nowhere: only its text stays.
  case text
}

/// A heading of a Markdown text.
public struct MarkdownHeading: Sendable, Hashable {
  /// 1 to 6, as written.
  public var level: Int
  /// Its text without markup.
  public var text: String
  /// Its line, from 1.
  public var line: Int
}

/// How a heading is rendered.
public struct MarkdownHeadingStyle: Sendable, Hashable {
  /// 1 to 6.
  public var level: Int
  /// What it is called in links to it.
  public var identifier: String

  /// Describes a heading.
  public init(level: Int, identifier: String) {
    self.level = level
    self.identifier = identifier
  }
}

/// A rendered Markdown text.
public struct RenderedMarkdown: Sendable, Hashable {
  /// The HTML.
  public var html: String
  /// The text without markup and without blocks of code, for a search.
  public var text: String
}
