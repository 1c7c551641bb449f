internal import Foundation

extension BuildspecReader {
  func phases(_ file: MappingReader) -> [Buildspec.Phase.Name: Buildspec.Phase] {
    guard let phases = file.mapping("phases") else { return [:] }
    var result: [Buildspec.Phase.Name: Buildspec.Phase] = [:]
    for entry in phases.entries {
      guard let text = entry.key.scalar?.text else { continue }
      guard let name = Buildspec.Phase.Name(rawValue: text) else {
        // The service's text, the names in its order.
        problems.error(
          "Invalid buildspec phase name: \(text). Expecting: build,install,post_build,pre_build", at: entry.key.mark)
        continue
      }
      result[name] = phase(phases.mapping(text), name)
    }
    return result
  }

  private func phase(_ reader: MappingReader?, _ name: Buildspec.Phase.Name) -> Buildspec.Phase {
    guard let reader else { return Buildspec.Phase() }
    let isInstall = name == .install
    reader.warnOfKeys(
      otherThan: ["run-as", "on-failure", "commands", "finally"] + (isInstall ? ["runtime-versions"] : []),
      section: name.rawValue.uppercased())
    return Buildspec.Phase(
      runAs: reader.text("run-as"), onFailure: onFailure(reader), commands: commands(reader, "commands"),
      finally: commands(reader, "finally"),
      runtimeVersions: isInstall
        ? reader.pairs("runtime-versions").map { Buildspec.RuntimeVersion(name: $0.name, version: $0.value) } : [])
  }

  private func onFailure(_ reader: MappingReader) -> Buildspec.OnFailure? {
    guard let text = reader.text("on-failure") else { return nil }
    guard let onFailure = Buildspec.OnFailure(text) else {
      reader.error(
        "'\(text.prefix(40))' is not ABORT, CONTINUE or RETRY[-count][-regex], count up to "
          + "\(Buildspec.OnFailure.mostRetries) and regex up to \(Buildspec.OnFailure.longestPattern) bytes",
        key: "on-failure")
      return nil
    }
    if case .retry(_, let pattern) = onFailure, (try? NSRegularExpression(pattern: pattern)) == nil {
      reader.error("'\(pattern.prefix(40))' is not a regular expression", key: "on-failure")
    }
    return onFailure
  }

  /// A list of commands. A single text is one command, an empty item none.
  private func commands(_ reader: MappingReader, _ key: String) -> [String] {
    guard let node = reader[key] else { return [] }
    if node.entries != nil {
      reader.error("expected a list of commands, found a mapping", key: key)
      return []
    }
    // The service's text about an item that is no text, such as an unquoted `echo "a: b"`. It blames the line above.
    for (index, item) in (node.items ?? []).enumerated() where item.scalar == nil {
      let line = item.mark.line
      problems.error(
        "Expected \(key.capitalized)[\(index)] to be of string type: found subkeys instead at line \(line), "
          + "value of the key tag on line \(line - 1) might be empty", at: item.mark,
        note: item.items == nil ? "a command with ': ' in it has to be quoted" : "the command is a list itself")
    }
    if node.items?.contains(where: { $0.scalar == nil }) == true { return [] }
    return reader.texts(key)
  }
}
