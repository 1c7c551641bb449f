import JourneymanActionSupport

/// Entries of `permissions`.
extension AppSpecReader {
  mutating func readPermission(_ node: DataNode) -> AppSpec.Permission? {
    checkKeys(
      node, ["object", "pattern", "except", "owner", "group", "mode", "acls", "context", "type"], "permissions: ")
    guard let object = requiredText(node, "object", of: "permissions"), let path = absolutePath(object, node, "object")
    else { return nil }
    return AppSpec.Permission(
      object: path, pattern: PathPattern(text(node, "pattern") ?? "**"),
      exceptions: texts(node, "except").map { PathPattern($0) }, owner: systemName(node, "owner"),
      group: systemName(node, "group"), mode: mode(node), acls: accessControlEntries(node), context: context(node),
      kinds: kinds(node), line: node.line)
  }

  private mutating func text(_ node: DataNode, _ key: String) -> String? {
    guard let value = node[key], !isNull(value) else { return nil }
    if let text = value.text, !text.isEmpty, text.utf8.count < 4096 { return text }
    note(value, "permissions: '\(key)' has to be a text")
    return nil
  }

  private mutating func texts(_ node: DataNode, _ key: String) -> [String] {
    guard let value = node[key], !isNull(value) else { return [] }
    if let text = value.text { return [text] }
    guard let items = value.items, items.count <= Self.mostEntries, items.allSatisfy({ $0.text?.isEmpty == false })
    else {
      note(value, "permissions: '\(key)' has to be a list of texts")
      return []
    }
    return items.compactMap(\.text)
  }

  private mutating func systemName(_ node: DataNode, _ key: String) -> String? {
    guard let name = text(node, key) else { return nil }
    if isSystemName(name) { return name }
    note(node[key] ?? node, "\(key): '\(name.prefix(64))' is no \(key == "group" ? "group" : "user")'s name")
    return nil
  }

  /// The digits as they are written, with quotes or without: YAML makes another number of an unquoted `0644`, which the
  /// reference agent then takes for digits.
  private mutating func mode(_ node: DataNode) -> UInt32? {
    guard let digits = text(node, "mode") else { return nil }
    if (1...4).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...55).contains($0) }) {
      return UInt32(digits, radix: 8)
    }
    note(node["mode"] ?? node, "mode: '\(digits.prefix(64))' is not 1 to 4 octal digits such as 644 or 4755")
    return nil
  }

  private mutating func kinds(_ node: DataNode) -> Set<AppSpec.Permission.Kind> {
    let words = texts(node, "type")
    if words.isEmpty { return Set(AppSpec.Permission.Kind.allCases) }
    let kinds = words.compactMap { AppSpec.Permission.Kind(rawValue: $0) }
    if kinds.count != words.count { note(node["type"] ?? node, "type: expected file, directory or both") }
    return Set(kinds)
  }

  private mutating func accessControlEntries(_ node: DataNode) -> [AccessControlEntry] {
    var entries: [AccessControlEntry] = []
    for text in texts(node, "acls") {
      do throws(AccessControlEntry.Mistake) {
        let entry = try AccessControlEntry(text)
        let isDouble = entries.contains {
          $0.isDefault == entry.isDefault && $0.tag == entry.tag && $0.name == entry.name
        }
        if isDouble { throw AccessControlEntry.Mistake("'\(text.prefix(64))' stands there twice") }
        entries.append(entry)
      } catch {
        note(node["acls"] ?? node, "acls: \(error.message)")
      }
    }
    return entries
  }

  private mutating func context(_ node: DataNode) -> SecurityContext? {
    guard let value = node["context"], !isNull(value) else { return nil }
    // The documentation says 'user', the reference agent reads 'name'.
    checkKeys(value, ["user", "name", "type", "range"], "context: ")
    guard value.entries != nil, let type = value["type"]?.text else {
      note(value, "context: 'type' is missing")
      return nil
    }
    let context = SecurityContext(
      user: (value["user"] ?? value["name"])?.text, type: type, range: value["range"]?.text)
    for word in [context.user, context.type, context.range].compactMap({ $0 })
    where word.isEmpty || word.hasPrefix("-") || !word.utf8.allSatisfy(Self.isLabelByte) {
      note(value, "context: '\(word.prefix(64))' is no word of an SELinux label")
      return nil
    }
    return context
  }

  private static func isLabelByte(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "_-:.,".utf8.contains(byte)
  }
}
