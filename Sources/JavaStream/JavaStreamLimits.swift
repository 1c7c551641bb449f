/// How much a Java object stream may hold.
public struct JavaStreamLimits: Sendable, Hashable {
  /// How deep objects, arrays and classes may be nested in each other.
  public var depth: Int
  /// How many values the stream may hold in total: fields, elements, class parts and blocks.
  public var values: Int
  /// The longest string, in bytes as written.
  public var stringBytes: Int
  /// The most elements of an array; an array of bytes counts its bytes.
  public var arrayElements: Int

  /// Sets the limits. The defaults suit a controller's commands, whose largest part is a file's content.
  public init(
    depth: Int = 100, values: Int = 500_000, stringBytes: Int = 64 << 20, arrayElements: Int = 64 << 20
  ) {
    self.depth = depth
    self.values = values
    self.stringBytes = stringBytes
    self.arrayElements = arrayElements
  }
}
