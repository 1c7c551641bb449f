internal import JourneymanSupport

/// Gathers the problems of one file while it is read on one thread. What is kept is bounded: a megabyte can hold
/// hundreds of thousands of mistakes.
final class Problems {
  private static let mostOfAKind = 500
  private static let longestMessage = 1_000

  private let file: String
  private var errors: [BuildspecProblem] = []
  private var warnings: [BuildspecProblem] = []
  private var unknownKeysBySection: [String: [String]] = [:]

  init(file: String) { self.file = file }

  var hasErrors: Bool { !errors.isEmpty }

  /// The problems by place; those of one place in the order they were found.
  var sorted: [BuildspecProblem] {
    (errors + warnings).enumerated().sorted {
      ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
    }.map(\.element)
  }

  var unknownKeys: [BuildspecDocument.UnknownKeys] {
    unknownKeysBySection.sorted { $0.key < $1.key }.map { .init(section: $0.key, keys: $0.value) }
  }

  func error(
    _ message: String, at mark: YAMLMark, code: BuildspecProblem.Code = .yamlFileError, note: String? = nil
  ) {
    if errors.count >= Self.mostOfAKind { return }
    errors.append(
      BuildspecProblem(
        .error, code, message.presentable(limit: Self.longestMessage), note: note, file: file, mark: mark))
  }

  func warning(_ message: @autoclosure () -> String, at mark: YAMLMark, code: BuildspecProblem.Code) {
    if warnings.count >= Self.mostOfAKind { return }
    warnings.append(
      BuildspecProblem(.warning, code, message().presentable(limit: Self.longestMessage), file: file, mark: mark))
  }

  func unknownKey(_ key: String, section: String, known: [String], at mark: YAMLMark) {
    if warnings.count >= Self.mostOfAKind { return }
    unknownKeysBySection[section, default: []].append(key.presentable(limit: Self.longestMessage))
    let nearest = key.utf8.count <= 64 ? Suggestion.nearest(to: key, among: known) : nil
    let hint = nearest.map { "; did you mean '\($0)'?" } ?? ""
    warning("unknown key '\(key)' in the section \(section)\(hint)", at: mark, code: .unknownKey)
  }

  func add(_ oddities: [YAMLDocument.Oddity]) {
    for oddity in oddities {
      switch oddity.kind {
      case .duplicateKey(let key, let firstLine):
        warning(
          "the key '\(key)' stands there again (first in line \(firstLine)): the last one counts", at: oddity.mark,
          code: .duplicateKey)
      case .furtherDocument:
        warning("only the first document of the file is read", at: oddity.mark, code: .ignored)
      }
    }
  }
}
