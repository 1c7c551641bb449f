/// Colours code: comments, texts, numbers and the words of a language. Whatever it does not know stays plain.
struct Highlighter: Sendable {
  private struct Grammar {
    var words: Set<String> = []
    var lineComments: [String] = []
    var blockComment: (open: String, close: String)?
    var quotes: [Character] = ["\"", "'"]
    var tripleQuotes = false
  }

  /// Code longer than this stays plain, in bytes.
  private static let longestCode = 200_000

  private let grammar: Grammar?
  private let language: String

  init(language: String) {
    let name = language.lowercased()
    self.language = name
    grammar = Self.grammar(name)
  }

  /// A block of code.
  func block(_ code: String) -> HTML {
    let name = PageName.slug(language)
    let mark: HTML = language.isEmpty ? .empty : " class=\"language-\(name)\""
    return "<pre><code\(mark)>\(colour(code))</code></pre>\n"
  }

  private func colour(_ code: String) -> HTML {
    guard let grammar, code.utf8.count <= Self.longestCode else { return "\(code)" }
    var html = ""
    var rest = Substring(code)
    var isWordStart = true
    func take(_ count: Int, _ kind: String?) {
      let text = HTML.escape(String(rest.prefix(count)))
      html += kind.map { "<span class=\"\($0)\">\(text)</span>" } ?? text
      rest = rest.dropFirst(count)
    }
    while let first = rest.first {
      if grammar.lineComments.contains(where: { rest.hasPrefix($0) && (isWordStart || $0 != "#") }) {
        take(rest.prefix { !$0.isNewline }.count, "c")
      } else if let comment = grammar.blockComment, rest.hasPrefix(comment.open) {
        let body = rest.dropFirst(comment.open.count)
        let end = body.firstRange(of: comment.close)?.upperBound ?? rest.endIndex
        take(rest[..<end].count, "c")
      } else if grammar.quotes.contains(first) {
        take(textLength(rest, quote: first, isTriple: grammar.tripleQuotes), "s")
      } else if isWordStart, first.isNumber {
        take(rest.prefix { $0.isNumber || $0.isLetter || $0 == "." || $0 == "_" }.count, "n")
      } else if first.isLetter || first == "_" || first == "@" {
        let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "@" }
        take(word.count, isWordStart && grammar.words.contains(String(word)) ? "k" : nil)
      } else {
        take(1, nil)
        isWordStart = true
        continue
      }
      isWordStart = false
    }
    return HTML(trusted: html)
  }

  /// How long a text in quotes is, its quotes included; it ends with its line unless the quotes are tripled.
  private func textLength(_ rest: Substring, quote: Character, isTriple: Bool) -> Int {
    let triple = String(repeating: quote, count: 3)
    if isTriple && rest.hasPrefix(triple) {
      let body = rest.dropFirst(3)
      guard let end = body.firstRange(of: triple) else { return rest.count }
      return rest[..<end.upperBound].count
    }
    var count = 1
    var isEscaped = false
    for character in rest.dropFirst() {
      if character.isNewline { return count }
      count += 1
      if isEscaped {
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == quote {
        return count
      }
    }
    return count
  }

  private static func grammar(_ language: String) -> Grammar? {
    func words(_ text: String) -> Set<String> { Set(text.split(separator: " ").map(String.init)) }
    let cLike = Grammar(lineComments: ["//"], blockComment: ("/*", "*/"))
    var grammar = cLike
    switch language {
    case "swift":
      grammar.words = words(
        "actor any as async await break case catch class continue default defer deinit do else enum extension false for "
          + "func guard if import in init inout internal is let mutating nil nonisolated open operator private protocol "
          + "public repeat rethrows return self Self some static struct subscript super switch throw throws true try "
          + "typealias var where while @main @escaping @Sendable @Test @Suite")
      grammar.quotes = ["\""]
      grammar.tripleQuotes = true
    case "js", "javascript", "ts", "typescript", "jsx", "tsx":
      grammar.words = words(
        "async await break case catch class const continue default delete do else export extends false finally for from "
          + "function if import in instanceof interface let new null of return static super switch this throw true try "
          + "type typeof undefined var void while yield")
      grammar.quotes = ["\"", "'", "`"]
    case "java", "kotlin", "scala", "c", "cpp", "c++", "h", "objc", "csharp", "cs", "go", "rust", "rs", "dart", "php":
      grammar.words = words(
        "abstract auto bool boolean break byte case catch char class const continue default defer do double else enum "
          + "extends false final finally float fn for func goto if impl implements import int interface let long match "
          + "mod mut namespace new nil null nullptr override package private protected public pub range return self short "
          + "signed sizeof static struct super switch template this throw throws trait true try type typedef union "
          + "unsigned use using val var virtual void volatile when where while")
      grammar.tripleQuotes = language == "java" || language == "kotlin" || language == "scala"
    case "py", "python", "rb", "ruby":
      grammar = Grammar(lineComments: ["#"], tripleQuotes: language.hasPrefix("py"))
      grammar.words = words(
        "and as assert async await begin break class continue def del elif else elsif end ensure except False false "
          + "finally for from global if import in is lambda module nil None nonlocal not or pass raise require rescue "
          + "return self then True true try unless until while with yield")
    case "sh", "bash", "shell", "zsh", "console":
      grammar = Grammar(lineComments: ["#"])
      grammar.words = words(
        "case cd do done echo elif else esac exit export fi for function if in local read return set then while")
    case "json", "json5", "jsonc": grammar.words = words("true false null")
    case "yaml", "yml", "toml", "ini", "conf", "dockerfile", "make", "makefile", "cmake":
      grammar = Grammar(lineComments: ["#"])
      grammar.words = words("true false null yes no on off FROM RUN COPY ENV CMD ENTRYPOINT WORKDIR ARG EXPOSE")
    case "sql":
      grammar = Grammar(lineComments: ["--"], blockComment: ("/*", "*/"))
      let upper =
        "SELECT FROM WHERE INSERT INTO VALUES UPDATE SET DELETE CREATE TABLE INDEX DROP ALTER JOIN LEFT ON AND "
        + "OR NOT NULL PRIMARY KEY ORDER BY GROUP HAVING LIMIT AS DISTINCT UNION"
      grammar.words = words(upper + " " + upper.lowercased())
    case "css", "scss": grammar = Grammar(blockComment: ("/*", "*/"))
    case "html", "xml", "svg": grammar = Grammar(blockComment: ("<!--", "-->"), quotes: ["\""])
    default: return nil
    }
    return grammar
  }
}
