internal import JourneymanSupport

extension BuildspecReader {
  private static let actionKeys = ["name", "uses", "after", "when", "with", "secrets", "timeout"]

  /// The list of actions. Unlike CodeBuild's sections this one has no files in the wild to be lenient with: a mistyped
  /// `when` must not deploy a failed build, so unknown keys are errors.
  func actions(_ file: MappingReader) -> [Buildspec.ActionEntry] {
    guard let node = file["actions"] else { return [] }
    guard let items = node.items else {
      problems.error("actions: expected a list, found \(node.kind)", at: node.mark)
      return []
    }
    var actions: [Buildspec.ActionEntry] = []
    var prefixes: [String: String] = [:]
    for (index, item) in items.enumerated() {
      let path = "actions[\(index)]"
      if item.isNull {
        problems.error("\(path): is empty", at: item.mark)
        continue
      }
      guard let reader = MappingReader(item, path: path, problems: problems) else { continue }
      refuseUnknownKeys(reader)
      guard let action = action(reader) else { continue }
      if let other = prefixes.updateValue(action.name, forKey: action.variablePrefix) {
        reader.error(
          other == action.name
            ? "the name '\(action.name)' is taken: names are unique"
            : "the name '\(action.name)' differs too little from '\(other)': both would set \(action.variablePrefix)…")
      }
      actions.append(action)
    }
    return actions
  }

  private func action(_ reader: MappingReader) -> Buildspec.ActionEntry? {
    let after = reader.word("after", Buildspec.Phase.Name.self)
    let condition = reader.word("when", Buildspec.ActionEntry.Condition.self)
    let secrets = reader.texts("secrets")
    let timeout = timeout(reader)
    let name = required("name", reader)
    let plugin = required("uses", reader)
    guard let name, let plugin else { return nil }
    return Buildspec.ActionEntry(
      name: name, plugin: plugin, after: after, condition: condition ?? .succeeded, configuration: reader["with"],
      secrets: secrets, timeout: timeout, mark: reader.mark)
  }

  private func timeout(_ reader: MappingReader) -> Duration? {
    guard reader["timeout"] != nil, let text = reader.text("timeout") else { return nil }
    if let duration = Duration(humanReadable: text), duration > .zero { return duration }
    reader.error("expected a duration such as 90s or 1h30m, found '\(text.prefix(40))'", key: "timeout")
    return nil
  }

  private func required(_ key: String, _ reader: MappingReader) -> String? {
    if reader[key] == nil {
      reader.error("\(key) is missing")
      return nil
    }
    guard let text = reader.text(key) else { return nil }
    if text.allSatisfy(\.isWhitespace) || text.count > 100 || text.contains(where: \.isNewline) {
      reader.error("expected one line of 1 to 100 characters", key: key)
      return nil
    }
    return text
  }

  private func refuseUnknownKeys(_ reader: MappingReader) {
    for entry in reader.entries {
      guard let key = entry.key.scalar?.text, !Self.actionKeys.contains(key) else { continue }
      let nearest = key.utf8.count <= 64 ? Suggestion.nearest(to: key, among: Self.actionKeys) : nil
      let hint = nearest.map { "; did you mean '\($0)'?" } ?? ""
      reader.error("unknown key '\(key.prefix(64))'\(hint)", at: entry.key.mark)
    }
  }
}
