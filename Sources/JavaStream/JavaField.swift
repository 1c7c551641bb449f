/// A field of a class as a stream describes it.
public struct JavaField: Sendable, Hashable {
  /// The field's name.
  public let name: String
  /// Its type as a JVM descriptor: `I`, `[B`, `Ljava/lang/String;`…
  public let type: String

  /// A field.
  public init(_ name: String, _ type: String) {
    self.name = name
    self.type = type
  }

  /// The type's first character, which tells how a value is written.
  var code: UInt8 { type.utf8.first ?? 0 }

  static let primitiveCodes = Set("BCDFIJSZ".utf8)
}
