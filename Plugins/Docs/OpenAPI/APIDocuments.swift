import JourneymanActionKit
import JourneymanActionSupport

/// A value of a document, and where it stands: the file and the JSON pointer (RFC 6901).
struct Located: Sendable {
  let file: String
  let pointer: String
  let node: DataNode

  var line: Int { node.line }
  var text: String? { node.text }
  /// What tells this place from every other.
  var key: String { "\(file)#\(pointer)" }

  subscript(key: String) -> Located? {
    node[key].map { Located(file: file, pointer: "\(pointer)/\(APIPointer.escaped(key))", node: $0) }
  }

  /// The items of a list.
  var items: [Located] {
    (node.items ?? []).enumerated().map { Located(file: file, pointer: "\(pointer)/\($0.offset)", node: $0.element) }
  }

  /// The entries of a mapping, without extensions (`x-…`).
  var entries: [(key: String, value: Located)] {
    (node.entries ?? []).compactMap { key, value in
      if key.hasPrefix("x-") { return nil }
      return (key, Located(file: file, pointer: "\(pointer)/\(APIPointer.escaped(key))", node: value))
    }
  }
}

/// JSON pointers.
enum APIPointer {
  static func escaped(_ key: String) -> String { key.replacing("~", with: "~0").replacing("/", with: "~1") }

  /// The keys of a pointer that begins with a slash, or is empty.
  static func keys(_ pointer: String) -> [String]? {
    if pointer.isEmpty { return [] }
    guard pointer.hasPrefix("/") else { return nil }
    return pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
      String($0).replacing("~1", with: "/").replacing("~0", with: "~")
    }
  }
}

/// An OpenAPI document and the files of the workspace that it refers to.
struct APIDocuments: Sendable {
  /// The most files that one document is made of.
  static let mostFiles = 500
  private static let largestFile = 16 << 20
  private static let mostNodes = 2_000_000

  let root: String
  private(set) var problems: [SiteProblem] = []
  private var nodes: [String: DataNode] = [:]
  /// The places that `$anchor` names, by file and name.
  private var anchors: [String: String] = [:]
  /// Where the references of all files lead, by file and text: large documents ask again and again.
  private var targets: [String: Located] = [:]
  private var references: [(file: String, line: Int, text: String)] = []

  /// Reads a document and all files that it refers to.
  ///
  /// - Throws: `PluginError` when the document itself cannot be read.
  init(_ path: String, _ context: ActionContext) async throws {
    root = path
    var waiting = [(path: path, from: nil as (file: String, line: Int)?)]
    var seen: Set<String> = [path]
    var total = 0
    while let next = waiting.popLast() {
      do {
        // Links are not followed: a document says what it reads.
        let bytes = try await context.workspace.open(next.path, followingLinks: false).contents(limit: Self.largestFile)
        total += bytes.count
        if total > 4 * Self.largestFile {
          throw PluginError(.failed, "the document and its files have more than \(4 * Self.largestFile >> 20) MiB")
        }
        nodes[next.path] = try DataNode(bytes, byteLimit: Self.largestFile, nodeLimit: Self.mostNodes)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        let line = (error as? SupportError)?.line
        guard let from = next.from else {
          throw PluginError(.failed, "\(next.path)\(line.map { ":\($0)" } ?? ""): \(error)")
        }
        let message = "'$ref' leads to \(next.path), which cannot be read: \(error)"
        problems.append(SiteProblem(file: from.file, line: from.line, message: message))
        continue
      }
      let known = references.count
      if let node = nodes[next.path] { scan(node, file: next.path, pointer: "", isNames: false) }
      for reference in references[known...] {
        guard let target = file(of: reference.text, from: reference.file), seen.insert(target).inserted else {
          continue
        }
        if seen.count > Self.mostFiles {
          throw PluginError(.failed, "\(path) refers to more than \(Self.mostFiles) files")
        }
        waiting.append((target, (reference.file, reference.line)))
      }
    }
    for reference in references {
      let key = Self.key(reference.text, reference.file)
      if targets[key] == nil, let found = find(reference.text, from: reference.file) { targets[key] = found }
    }
    for reference in references {
      if let why = objection(to: reference.text, from: reference.file) {
        let message = "'$ref: \(reference.text.prefix(200))' \(why)"
        problems.append(SiteProblem(file: reference.file, line: reference.line, message: message))
      }
    }
  }

  /// The document itself.
  var document: Located? { nodes[root].map { Located(file: root, pointer: "", node: $0) } }

  /// What a value stands for: itself, or where its `$ref` leads, through further ones; `nil` when that is nowhere.
  func resolved(_ value: Located) -> Located? {
    var place = value
    for _ in 0..<32 {
      guard let reference = place.node["$ref"]?.text else { return place }
      guard let next = target(of: reference, from: place.file) else { return nil }
      place = next
    }
    return nil
  }

  /// Where a reference leads.
  func target(of reference: String, from file: String) -> Located? {
    targets[Self.key(reference, file)] ?? find(reference, from: file)
  }

  private static func key(_ reference: String, _ file: String) -> String { "\(file)\0\(reference)" }

  private func find(_ reference: String, from file: String) -> Located? {
    guard let path = self.file(of: reference, from: file), let document = nodes[path] else { return nil }
    let fragment = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    var pointer = ""
    if fragment.count > 1 {
      guard let decoded = PageName.decoded(String(fragment[1])) else { return nil }
      pointer = decoded.isEmpty || decoded.hasPrefix("/") ? decoded : anchors["\(path)#\(decoded)"] ?? "no anchor"
    }
    guard let keys = APIPointer.keys(pointer) else { return nil }
    var node = document
    for key in keys {
      if let items = node.items {
        guard let index = Int(key), items.indices.contains(index) else { return nil }
        node = items[index]
      } else {
        guard let next = node[key] else { return nil }
        node = next
      }
    }
    return Located(file: path, pointer: pointer, node: node)
  }

  /// The file of the workspace that a reference is about; `nil` for one that leads elsewhere.
  private func file(of reference: String, from file: String) -> String? {
    let path = String(reference.prefix { $0 != "#" })
    if path.isEmpty { return file }
    if MarkdownURL.scheme(of: path) != nil || path.hasPrefix("/") { return nil }
    return PageName.decoded(path).flatMap { PageName.normal(PageName.folder(of: file) + $0) }
  }

  private func objection(to reference: String, from file: String) -> String? {
    if target(of: reference, from: file) != nil { return nil }
    let path = reference.prefix { $0 != "#" }
    if MarkdownURL.scheme(of: String(path)) != nil {
      return "leads to the network; only files of the workspace are read"
    }
    guard let target = self.file(of: reference, from: file) else { return "leads out of the workspace" }
    // That the file cannot be read was said where it was tried.
    return nodes[target] == nil ? nil : "leads nowhere"
  }

  /// Keys whose values are mappings of free names.
  private static let names: Set<String> = [
    "properties", "patternProperties", "schemas", "responses", "parameters", "examples", "requestBodies", "headers",
    "securitySchemes", "links", "callbacks", "paths", "pathItems", "$defs", "definitions", "dependentSchemas",
    "content", "encoding", "webhooks",
  ]
  /// Keys whose values are data of the API, not of the document.
  private static let data: Set<String> = ["example", "default", "enum", "const", "value"]

  private mutating func scan(_ node: DataNode, file: String, pointer: String, isNames: Bool) {
    if let items = node.items {
      for (index, item) in items.enumerated() {
        scan(item, file: file, pointer: "\(pointer)/\(index)", isNames: false)
      }
    }
    guard let entries = node.entries else { return }
    for (key, value) in entries {
      if !isNames {
        if key == "$ref", let text = value.text { references.append((file, value.line, text)) }
        if key == "$anchor", let text = value.text { anchors["\(file)#\(text)"] = pointer }
        // A list of examples is data; a mapping of them may hold references.
        if key.hasPrefix("x-") || Self.data.contains(key) || key == "examples" && value.items != nil { continue }
      }
      scan(
        value, file: file, pointer: "\(pointer)/\(APIPointer.escaped(key))",
        isNames: !isNames && Self.names.contains(key))
    }
  }
}
