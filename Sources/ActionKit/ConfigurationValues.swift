internal import JourneymanSupport

/// A length of time in a configuration: `90s`, `15m`, `1h30m`, or a bare number of seconds.
public struct TimeSpan: Sendable, Hashable, Codable {
  /// The length.
  public var duration: Duration

  /// Wraps a length.
  public init(_ duration: Duration) { self.duration = duration }

  /// Reads the text.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let duration = Duration(humanReadable: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected a duration such as 90s or 1h30m, found '\(text.prefix(40))'")
    }
    self.duration = duration
  }

  /// Writes seconds as text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode("\(duration.components.seconds)s")
  }
}

/// A list in a configuration that may be written as a single item: `files: a.xml` or `files: [a.xml, b.xml]`.
public struct OneOrMore<Item: Codable & Sendable>: Sendable, Codable {
  /// The items; may be empty when an empty list was written.
  public var items: [Item]

  /// Wraps items.
  public init(_ items: [Item]) { self.items = items }

  /// Reads a list, else a single item.
  public init(from decoder: any Decoder) throws {
    if var list = try? decoder.unkeyedContainer() {
      items = []
      while !list.isAtEnd { items.append(try list.decode(Item.self)) }
    } else {
      items = [try Item(from: decoder)]
    }
  }

  /// Writes a list.
  public func encode(to encoder: any Encoder) throws { try items.encode(to: encoder) }
}

extension OneOrMore: Equatable where Item: Equatable {}
extension OneOrMore: Hashable where Item: Hashable {}
