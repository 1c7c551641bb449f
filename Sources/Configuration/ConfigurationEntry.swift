/// One variable of a configuration file, as libgit2 reports it.
struct ConfigurationEntry: Equatable {
  /// The section in lower case.
  let section: String
  /// The subsection as written; `nil` when the section has none.
  let subsection: String?
  /// The key in lower case.
  let key: String
  /// The value without quotes and escapes; `nil` for a key without `=`, which git reads as true.
  let value: String?

  /// Splits libgit2's `section.sub.section.key`: only a subsection can contain dots.
  init?(name: String, value: String?) {
    guard let first = name.firstIndex(of: "."), let last = name.lastIndex(of: ".") else { return nil }
    section = String(name[..<first])
    key = String(name[name.index(after: last)...])
    subsection = first == last ? nil : String(name[name.index(after: first)..<last])
    self.value = value
  }

  /// What two occurrences of the same variable share.
  var variable: Variable { Variable(section: section, subsection: subsection, key: key) }

  /// The name of a variable.
  struct Variable: Hashable {
    let section: String
    let subsection: String?
    let key: String
  }
}
