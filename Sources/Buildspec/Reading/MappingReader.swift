internal import JourneymanSupport

/// Typed access to one mapping of a buildspec. What does not fit becomes a problem with the key's path.
struct MappingReader {
  /// The path of keys that leads to the mapping, such as `env.variables`; empty for the whole file.
  let path: String
  let mark: YAMLMark
  let entries: [YAMLEntry]
  let problems: Problems
  /// The status code of errors.
  let code: BuildspecProblem.Code
  private let values: [String: YAMLNode]

  /// - Returns: `nil` if the node is absent, null or no mapping; the last is an error.
  init?(_ node: YAMLNode?, path: String, problems: Problems, code: BuildspecProblem.Code = .yamlFileError) {
    guard let node, !node.isNull else { return nil }
    guard let entries = node.entries else {
      let what = path.isEmpty ? "the buildspec" : path
      problems.error("\(what): expected a mapping of keys to values, found \(node.kind)", at: node.mark, code: code)
      return nil
    }
    self.path = path
    self.problems = problems
    self.code = code
    mark = node.mark
    var values: [String: YAMLNode] = [:]
    self.entries = entries.filter { entry in
      guard let key = entry.key.scalar?.text else {
        let place = path.isEmpty ? "the buildspec" : path
        problems.error("\(place): a key must be text, found \(entry.key.kind)", at: entry.key.mark, code: code)
        return false
      }
      values[key] = entry.value
      return true
    }
    self.values = values
  }

  /// Warns of every key that is not known, under the name of the section.
  func warnOfKeys(otherThan known: [String], section: String? = nil) {
    for entry in entries {
      guard let key = entry.key.scalar?.text, !known.contains(key) else { continue }
      problems.unknownKey(key, section: section ?? path, known: known, at: entry.key.mark)
    }
  }

  /// The value of a key, unless it is absent or null.
  subscript(key: String) -> YAMLNode? {
    guard let node = values[key], !node.isNull else { return nil }
    return node
  }

  func path(to key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// Reports an error of the mapping or of one of its keys, at the key's value unless another place is given.
  func error(_ message: String, key: String? = nil, at mark: YAMLMark? = nil) {
    let path = key.map { self.path(to: $0) } ?? path
    let place = mark ?? key.flatMap { values[$0]?.mark } ?? self.mark
    problems.error(path.isEmpty ? message : "\(path): \(message)", at: place, code: code)
  }

  /// The reader of a mapping below this one.
  func mapping(_ key: String) -> MappingReader? {
    MappingReader(values[key], path: path(to: key), problems: problems, code: code)
  }

  func text(_ key: String) -> String? {
    self[key].flatMap { text($0, path: path(to: key)) }
  }

  func flag(_ key: String) -> Bool? {
    guard let node = self[key], let text = text(key) else { return nil }
    if let flag = node.scalar?.flag { return flag }
    problems.error("\(path(to: key)): '\(text.prefix(40))' is neither yes nor no", at: node.mark, code: code)
    return nil
  }

  /// The items of a list of texts; a single text is a list of one. Empty items are left out with a warning.
  func texts(_ key: String) -> [String] {
    guard let node = self[key] else { return [] }
    guard let items = node.items else { return text(key).map { [$0] } ?? [] }
    return items.enumerated().compactMap { index, item in
      let path = "\(path(to: key))[\(index)]"
      if item.isNull {
        problems.warning("\(path) is empty and is left out", at: item.mark, code: .ignored)
        return nil
      }
      return text(item, path: path)
    }
  }

  /// The entries of a mapping of names to texts; an empty value is the empty text.
  func pairs(_ key: String) -> [(name: String, value: String, mark: YAMLMark)] {
    guard let reader = mapping(key) else { return [] }
    return reader.entries.compactMap { entry in
      guard let name = entry.key.scalar?.text else { return nil }
      if entry.value.isNull { return (name, "", entry.key.mark) }
      return reader.text(entry.value, path: reader.path(to: name)).map { (name, $0, entry.key.mark) }
    }
  }

  private func text(_ node: YAMLNode, path: String) -> String? {
    guard let text = node.scalar?.text else {
      problems.error("\(path): expected text, found \(node.kind)", at: node.mark, code: code)
      return nil
    }
    if text.utf8.contains(0) {
      problems.error("\(path): contains a NUL character", at: node.mark, code: code)
      return nil
    }
    return text
  }

  /// Reads a word of a closed list, in any case.
  func word<Word: RawRepresentable & CaseIterable>(_ key: String, _ type: Word.Type) -> Word?
  where Word.RawValue == String {
    guard let node = self[key], let text = text(key) else { return nil }
    if let word = Word.allCases.first(where: { $0.rawValue.lowercased() == text.lowercased() }) { return word }
    let known = Word.allCases.map(\.rawValue)
    let nearest = text.utf8.count <= 64 ? Suggestion.nearest(to: text, among: known) : nil
    let hint = nearest.map { "; did you mean '\($0)'?" } ?? ""
    problems.error(
      "\(path(to: key)): '\(text.prefix(40))' is not one of \(known.joined(separator: ", "))\(hint)", at: node.mark,
      code: code)
    return nil
  }
}
