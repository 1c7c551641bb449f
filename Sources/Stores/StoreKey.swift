internal import JourneymanBuildModel

/// The path of a file in a store, such as `project/build-7/artifacts.zip.age`.
public struct StoreKey: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The path's components.
  public let components: [String]

  /// Reads a path.
  ///
  /// - Throws: ``StoreError`` when it is empty, absolute, longer than 1,024 bytes, or has a component that is empty, `.`,
  ///   `..`, longer than 200 bytes, or has control characters in it, or that starts with a dot and ends in `.partial`,
  ///   which is how unfinished files are called.
  public init(_ path: String) throws(StoreError) {
    components = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let isValid = components.allSatisfy { name in
      !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 200
        && !name.utf8.contains { $0 < 0x20 || $0 == 0x7F }
        && !(name.hasPrefix(".") && name.hasSuffix(Self.unfinishedSuffix))
    }
    if !isValid || path.utf8.count > 1024 {
      throw StoreError(.invalid, "'\(path.prefix(100))' cannot be the path of a stored file")
    }
  }

  /// How files that are not whole yet end, with a dot at their beginning.
  static let unfinishedSuffix = OutputLayout.unfinishedSuffix

  /// The components with slashes between them.
  public var description: String { components.joined(separator: "/") }

  /// Reads what ``encode(to:)`` wrote, with the same checks as ``init(_:)``.
  public init(from decoder: any Decoder) throws {
    try self.init(try decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the path.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
