import JourneymanActionSupport

/// Reads an AppSpec file: every key has to be known, every value to fit, and what does not is named with its line.
struct AppSpecReader {
  /// The most bytes of a file, and the most entries of each of its lists.
  static let mostBytes = 1 << 20
  static let mostEntries = 10_000
  /// What the scripts of one event may take together, in seconds; one without `timeout` takes what the others leave.
  static let longestEvent = 3600

  private let name: String
  var mistakes: [AppSpecError.Mistake] = []

  private init(name: String) { self.name = name }

  /// Reads a file.
  ///
  /// - Parameter name: what messages call it.
  /// - Throws: ``AppSpecError`` with everything that is wrong.
  static func read(_ bytes: [UInt8], name: String) throws(AppSpecError) -> AppSpec {
    if bytes.isEmpty { throw AppSpecError(name: name, mistakes: [.init(line: 1, message: "the file is empty")]) }
    let root: DataNode
    do throws(SupportError) {
      root = try DataNode(bytes, isStrict: true)
    } catch {
      throw AppSpecError(name: name, mistakes: [.init(line: error.line ?? 1, message: error.message)])
    }
    var reader = AppSpecReader(name: name)
    let spec = reader.read(root)
    if reader.mistakes.isEmpty { return spec }
    throw AppSpecError(name: name, mistakes: reader.mistakes.sorted { $0.line < $1.line })
  }

  private mutating func read(_ root: DataNode) -> AppSpec {
    var spec = AppSpec(name: name)
    guard root.entries != nil else {
      note(root, "expected version, os, files, permissions and hooks")
      return spec
    }
    checkKeys(root, ["version", "os", "file_exists_behavior", "files", "permissions", "hooks"], "")
    readHead(root, &spec)
    spec.files = items(root["files"], "files").compactMap { readMapping($0) }
    spec.permissions = items(root["permissions"], "permissions").compactMap { readPermission($0) }
    readHooks(root["hooks"], &spec)
    return spec
  }

  private mutating func readHead(_ root: DataNode, _ spec: inout AppSpec) {
    if let version = root["version"] {
      if version.number != 0 {
        note(version, "version: expected the number 0.0, without quotes, found '\(shown(version))'")
      }
    } else {
      note(root, "version is missing; write 'version: 0.0'")
    }
    if let system = root["os"] {
      if system.text != "linux" {
        note(system, "os: this machine takes revisions for linux, and this one is for '\(shown(system))'")
      }
    } else {
      note(root, "os is missing; write 'os: linux'")
    }
    guard let behavior = root["file_exists_behavior"] else { return }
    spec.existingFiles = behavior.text.flatMap { AppSpec.ExistingFiles(rawValue: $0) }
    if spec.existingFiles == nil {
      note(behavior, "file_exists_behavior: expected DISALLOW, OVERWRITE or RETAIN, found '\(shown(behavior))'")
    }
  }

  private mutating func readMapping(_ node: DataNode) -> AppSpec.Mapping? {
    checkKeys(node, ["source", "destination"], "files: ")
    let source = requiredText(node, "source", of: "files")
    let destination = requiredText(node, "destination", of: "files")
    guard let source, let destination else { return nil }
    guard let inner = relativePath(source, node, "source"), let place = absolutePath(destination, node, "destination")
    else { return nil }
    return AppSpec.Mapping(source: inner, destination: place, line: node.line)
  }

  private mutating func readHooks(_ node: DataNode?, _ spec: inout AppSpec) {
    guard let node, !isNull(node) else { return }
    guard let entries = node.entries else {
      note(node, "hooks: expected events, each with a list of scripts")
      return
    }
    for (key, list) in entries {
      guard let event = LifecycleEvent(rawValue: key), event.takesScripts else {
        let known = LifecycleEvent.allCases.filter(\.takesScripts).map(\.rawValue).joined(separator: ", ")
        let isStep = LifecycleEvent.others.contains(key) || key == LifecycleEvent.install.rawValue
        let what = isStep ? "'\(key)' takes no scripts" : "'\(key.prefix(64))' is no event"
        note(list, "hooks: \(what); those that take scripts are \(known)")
        continue
      }
      let hooks = items(list, "hooks: \(key)").compactMap { readHook($0, key) }
      let total = hooks.reduce(0) { $0 + ($1.timeout ?? 0) }
      if total > Self.longestEvent {
        note(
          list,
          "hooks: \(key): the timeouts of its scripts are \(total) s together; an event takes at most "
            + "\(Self.longestEvent) s")
      }
      spec.hooks[event] = hooks
    }
  }

  private mutating func readHook(_ node: DataNode, _ event: String) -> AppSpec.Hook? {
    checkKeys(node, ["location", "timeout", "runas", "sudo"], "hooks: \(event): ")
    var timeout: Int?
    if let value = node["timeout"], !isNull(value) {
      let number = value.text.flatMap { Int($0) }
      if let number, (1...Self.longestEvent).contains(number) {
        timeout = number
      } else {
        note(value, "timeout: expected 1 to \(Self.longestEvent) seconds, found '\(shown(value))'")
      }
    }
    var user: String?
    if let value = node["runas"], !isNull(value) {
      user = value.text
      if user.map(isSystemName) != true { note(value, "runas: '\(shown(value))' is no user's name") }
    }
    if let sudo = node["sudo"], sudo.boolean == nil {
      note(sudo, "sudo: expected true or false, found '\(shown(sudo))'")
    }
    guard let location = requiredText(node, "location", of: "hooks: \(event)"),
      let path = relativePath(location, node, "location")
    else { return nil }
    if path.isEmpty {
      note(node, "location: '\(location)' is no script")
      return nil
    }
    return AppSpec.Hook(location: path, timeout: timeout, user: user, line: node.line)
  }
}
