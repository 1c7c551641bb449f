/// The entries of a mapping, for `Decodable` types.
struct KeyedNodes<Key: CodingKey>: KeyedDecodingContainerProtocol {
  private let decoder: NodeDecoder
  private let values: [String: YAMLNode]
  private let use: String

  init(decoder: NodeDecoder, entries: [YAMLEntry]) {
    self.decoder = decoder
    use = decoder.uses.enter(decoder.node, decoder.codingPath)
    values = Dictionary(
      entries.compactMap { entry in entry.key.scalar.map { ($0.text, entry.value) } }, uniquingKeysWith: { $1 })
  }

  var codingPath: [any CodingKey] { decoder.codingPath }

  var allKeys: [Key] {
    decoder.uses.askForAll(use)
    return (decoder.node.entries ?? []).compactMap { $0.key.scalar.flatMap { Key(stringValue: $0.text) } }
  }

  func contains(_ key: Key) -> Bool {
    decoder.uses.ask(use, for: key.stringValue)
    return values[key.stringValue] != nil
  }

  func decodeNil(forKey key: Key) throws -> Bool { try below(key).node.isNull }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try below(key).decode(type) }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try below(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try below(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { decoder }

  func superDecoder(forKey key: Key) throws -> any Decoder { try below(key) }

  private func below(_ key: Key) throws -> NodeDecoder {
    decoder.uses.ask(use, for: key.stringValue)
    guard let node = values[key.stringValue] else {
      throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "is missing"))
    }
    return decoder.below(node, key)
  }
}

/// The items of a list, for `Decodable` types.
struct ListedNodes: UnkeyedDecodingContainer {
  let decoder: NodeDecoder
  let items: [YAMLNode]
  private(set) var currentIndex = 0

  init(decoder: NodeDecoder, items: [YAMLNode]) {
    self.decoder = decoder
    self.items = items
  }

  var codingPath: [any CodingKey] { decoder.codingPath }
  var count: Int? { items.count }
  var isAtEnd: Bool { currentIndex >= items.count }

  mutating func decodeNil() throws -> Bool {
    let isNull = try current().node.isNull
    if isNull { currentIndex += 1 }
    return isNull
  }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let value = try current().decode(type)
    currentIndex += 1
    return value
  }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> {
    let container = try current().container(keyedBy: type)
    currentIndex += 1
    return container
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    let container = try current().unkeyedContainer()
    currentIndex += 1
    return container
  }

  mutating func superDecoder() throws -> any Decoder {
    let decoder = try current()
    currentIndex += 1
    return decoder
  }

  private func current() throws -> NodeDecoder {
    if isAtEnd {
      throw DecodingError.valueNotFound(
        Any.self, .init(codingPath: codingPath, debugDescription: "has only \(items.count) items"))
    }
    return decoder.below(items[currentIndex], IndexKey(currentIndex))
  }
}

/// A single value, for `Decodable` types.
struct SingleNode: SingleValueDecodingContainer {
  let decoder: NodeDecoder

  var codingPath: [any CodingKey] { decoder.codingPath }

  func decodeNil() -> Bool { decoder.node.isNull }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.decode(type) }
}
