/// Builds the node tree from events. Aliases share what they stand for, so memory stays within the text's size; the
/// count of nodes takes each use of an alias in full, so whoever walks the tree later is bounded too.
struct YAMLComposer: ~Copyable {
  /// A node with what an alias to it costs.
  private struct Measured {
    var node: YAMLNode
    var nodes = 1
    var height = 0
  }

  private let events: YAMLEvents
  private let limits: YAMLLimits
  private var anchors: [String: Measured] = [:]
  private var openAnchors: [String] = []
  private var spent = 0
  private(set) var oddities: [YAMLDocument.Oddity] = []

  init(events: consuming YAMLEvents, limits: YAMLLimits) {
    self.events = events
    self.limits = limits
  }

  /// - Returns: the root of the first document, or `nil` if the text is empty.
  mutating func composeFirst() throws(YAMLError) -> YAMLNode? {
    _ = try events.next()
    guard case .documentStart = try events.next().kind else { return nil }
    let root = try compose(try events.next(), depth: 0).node
    _ = try events.next()
    do throws(YAMLError) {
      let after = try events.next()
      if case .streamEnd = after.kind { return root }
      oddities.append(.init(kind: .furtherDocument, mark: after.mark))
    } catch {
      oddities.append(.init(kind: .furtherDocument, mark: error.mark))
    }
    return root
  }

  private mutating func compose(_ event: YAMLEvent, depth: Int) throws(YAMLError) -> Measured {
    if case .alias(let name) = event.kind { return try alias(name, event.mark, depth: depth) }
    try spend(1, event.mark)
    if let anchor = event.anchor { openAnchors.append(anchor) }
    var result: Measured
    switch event.kind {
    case .scalar(let scalar):
      result = Measured(node: YAMLNode(.scalar(scalar), tag: event.tag, mark: event.mark))
    case .sequenceStart:
      try checkDepth(depth + 1, event.mark)
      result = try sequence(event, depth: depth + 1)
    default:
      try checkDepth(depth + 1, event.mark)
      result = try mapping(event, depth: depth + 1)
    }
    if let anchor = event.anchor {
      openAnchors.removeLast()
      anchors[anchor] = result
    }
    return result
  }

  private mutating func sequence(_ start: YAMLEvent, depth: Int) throws(YAMLError) -> Measured {
    var result = Measured(node: YAMLNode(.sequence([]), tag: start.tag, mark: start.mark))
    var items: [YAMLNode] = []
    while true {
      let event = try events.next()
      if case .sequenceEnd = event.kind { break }
      let item = try compose(event, depth: depth)
      result.nodes += item.nodes
      result.height = max(result.height, item.height + 1)
      items.append(item.node)
    }
    result.node.content = .sequence(items)
    return result
  }

  private mutating func mapping(_ start: YAMLEvent, depth: Int) throws(YAMLError) -> Measured {
    var result = Measured(node: YAMLNode(.mapping([]), tag: start.tag, mark: start.mark))
    var entries: [YAMLEntry] = []
    var places: [String: Int] = [:]
    var merged: [YAMLEntry] = []
    while true {
      let event = try events.next()
      if case .mappingEnd = event.kind { break }
      let key = try compose(event, depth: depth)
      let value = try compose(try events.next(), depth: depth)
      result.nodes += key.nodes + value.nodes
      result.height = max(result.height, max(key.height, value.height) + 1)
      if Self.isMergeKey(key.node) {
        try spend(value.nodes, key.node.mark)
        result.nodes += value.nodes
        merged += try Self.mergedEntries(value.node)
        continue
      }
      let entry = YAMLEntry(key: key.node, value: value.node)
      guard let name = key.node.scalar?.text else {
        entries.append(entry)
        continue
      }
      if let place = places[name] {
        let first = entries[place].key.mark.line
        oddities.append(.init(kind: .duplicateKey(name, firstLine: first), mark: key.node.mark))
        entries[place] = entry
      } else {
        places[name] = entries.count
        entries.append(entry)
      }
    }
    for entry in merged {
      guard let name = entry.key.scalar?.text, places[name] == nil else { continue }
      places[name] = entries.count
      entries.append(entry)
    }
    result.node.content = .mapping(entries)
    return result
  }

  private mutating func alias(_ name: String, _ mark: YAMLMark, depth: Int) throws(YAMLError) -> Measured {
    if openAnchors.contains(name) { throw YAMLError("anchor '\(name)' value contains itself", at: mark) }
    guard var target = anchors[name] else { throw YAMLError("unknown anchor '\(name)' referenced", at: mark) }
    try spend(target.nodes, mark)
    try checkDepth(depth + target.height, mark)
    target.node.mark = mark
    return target
  }

  private mutating func spend(_ nodes: Int, _ mark: YAMLMark) throws(YAMLError) {
    spent += nodes
    if spent > limits.nodes {
      throw YAMLError("the text stands for more than \(limits.nodes) nodes, aliases included", at: mark)
    }
  }

  private func checkDepth(_ depth: Int, _ mark: YAMLMark) throws(YAMLError) {
    if depth > limits.depth { throw YAMLError("nested deeper than \(limits.depth) levels", at: mark) }
  }

  private static func isMergeKey(_ key: YAMLNode) -> Bool {
    guard let scalar = key.scalar, scalar.text == "<<" else { return false }
    return key.tag == "tag:yaml.org,2002:merge" || key.tag == nil && scalar.style == .plain
  }

  /// The entries of a mapping or of a list of mappings; of equal keys the first one counts, so order is kept.
  private static func mergedEntries(_ value: YAMLNode) throws(YAMLError) -> [YAMLEntry] {
    if value.isNull { return [] }
    if let entries = value.entries { return entries }
    var result: [YAMLEntry] = []
    for item in value.items ?? [] {
      guard let entries = item.entries else { break }
      result += entries
    }
    if let items = value.items, items.allSatisfy({ $0.entries != nil }) { return result }
    throw YAMLError("map merge requires map or sequence of maps as the value", at: value.mark)
  }
}
