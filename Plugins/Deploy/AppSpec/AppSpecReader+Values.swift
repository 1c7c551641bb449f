import JourneymanActionSupport

/// Values of an AppSpec file, checked.
extension AppSpecReader {
  mutating func note(_ node: DataNode, _ message: String) {
    // A hostile file must not make a message of its own size.
    if mistakes.count < 50 { mistakes.append(.init(line: node.line, message: message)) }
  }

  func isNull(_ node: DataNode) -> Bool {
    guard case .scalar(let text, isPlain: true) = node.content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  func shown(_ node: DataNode) -> String { node.text.map { String($0.prefix(64)) } ?? "a list or mapping" }

  mutating func checkKeys(_ node: DataNode, _ known: [String], _ place: String) {
    for (key, value) in node.entries ?? [] where !known.contains(key) {
      note(value, "\(place)'\(key.prefix(64))' is no key; known are \(known.joined(separator: ", "))")
    }
  }

  /// The entries of a list, each a mapping.
  mutating func items(_ node: DataNode?, _ place: String) -> [DataNode] {
    guard let node, !isNull(node) else { return [] }
    guard let items = node.items else {
      note(node, "\(place): expected a list")
      return []
    }
    if items.count > Self.mostEntries {
      note(node, "\(place): \(items.count) entries; at most \(Self.mostEntries) are taken")
      return []
    }
    return items.filter { item in
      if item.entries != nil { return true }
      note(item, "\(place): expected keys and values, found '\(shown(item))'")
      return false
    }
  }

  mutating func requiredText(_ node: DataNode, _ key: String, of place: String) -> String? {
    guard let value = node[key], !isNull(value) else {
      note(node, "\(place): an entry has no '\(key)'")
      return nil
    }
    guard let text = value.text, !text.isEmpty, text.utf8.count < 4096, !text.utf8.contains(0) else {
      note(value, "\(place): '\(key)' has to be a path")
      return nil
    }
    return text
  }

  /// A path in the revision, without slashes at its ends: a leading one means the revision's root, as in CodeDeploy.
  mutating func relativePath(_ text: String, _ node: DataNode, _ key: String) -> String? {
    let parts = PathText.names(text)
    if parts.contains("..") {
      note(node[key] ?? node, "\(key): '\(text.prefix(200))' leads out of the revision")
      return nil
    }
    return parts.joined(separator: "/")
  }

  /// A path of the machine, without a slash at its end.
  mutating func absolutePath(_ text: String, _ node: DataNode, _ key: String) -> String? {
    let parts = PathText.names(text)
    if !PathText.isAbsolute(text) || parts.contains("..") {
      note(node[key] ?? node, "\(key): '\(text.prefix(200))' is no absolute path without '..'")
      return nil
    }
    return "/" + parts.joined(separator: "/")
  }
}
