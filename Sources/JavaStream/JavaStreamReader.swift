/// Reads the Java object serialization protocol, version 5, into a generic tree.
///
/// The grammar is that of the Java Object Serialization Specification, §6.4. Nothing is loaded, resolved or run: classes
/// are only names and fields.
public struct JavaStreamReader: Sendable {
  /// How much a stream may hold.
  public let limits: JavaStreamLimits
  /// Classes whose `writeObject` does not write the fields that they declare. The stream does not say so, and Java
  /// itself knows it only from their code.
  public let classesWithoutFields: Set<String>

  /// Sets up a reader.
  public init(limits: JavaStreamLimits = JavaStreamLimits(), classesWithoutFields: Set<String> = []) {
    self.limits = limits
    self.classesWithoutFields = classesWithoutFields
  }

  /// Reads a whole stream.
  ///
  /// - Returns: what the stream holds, in order; mostly one object.
  /// - Throws: ``JavaStreamError`` for bytes that are no complete stream, or one beyond the limits.
  public func read(_ bytes: [UInt8]) throws(JavaStreamError) -> [JavaValue] {
    var parser = JavaStreamParser(bytes, self)
    let slots = try parser.parse()
    let graph = parser.graph()
    return slots.map { JavaValue($0, in: graph) }
  }

  /// Reads a stream that holds exactly one object.
  ///
  /// - Throws: ``JavaStreamError``, also when it holds anything else.
  public func readObject(_ bytes: [UInt8]) throws(JavaStreamError) -> JavaObject {
    let values = try read(bytes)
    guard values.count == 1, let object = values[0].object else {
      throw JavaStreamError(.malformed, "the Java stream does not hold exactly one object")
    }
    return object
  }
}
