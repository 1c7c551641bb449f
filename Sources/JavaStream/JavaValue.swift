/// A value of a Java object stream.
public enum JavaValue: Sendable {
  /// `null`
  case null
  /// `boolean`
  case boolean(Bool)
  /// `byte`
  case byte(Int8)
  /// `char`, a UTF-16 unit
  case character(UInt16)
  /// `short`
  case short(Int16)
  /// `int`
  case int(Int32)
  /// `long`
  case long(Int64)
  /// `float`
  case float(Float)
  /// `double`
  case double(Double)
  /// `java.lang.String`
  case string(String)
  /// Bytes that a class wrote by itself.
  case block([UInt8])
  /// An object.
  case object(JavaObject)
  /// An array.
  case array(JavaArray)
  /// An enum's constant.
  case enumeration(JavaEnumeration)
  /// A `java.lang.Class`.
  case classObject(JavaClass)
  /// A `java.io.ObjectStreamClass`.
  case classDescription(JavaClass)
  /// The writer failed at this place, with this throwable; the stream's handles begin anew.
  case exception(JavaObject)

  init(_ slot: Slot, in graph: JavaGraph) {
    self =
      switch slot {
      case .null: .null
      case .boolean(let value): .boolean(value)
      case .byte(let value): .byte(value)
      case .character(let value): .character(value)
      case .short(let value): .short(value)
      case .int(let value): .int(value)
      case .long(let value): .long(value)
      case .float(let value): .float(value)
      case .double(let value): .double(value)
      case .string(let value): .string(value)
      case .block(let bytes): .block(bytes)
      case .object(let index): .object(JavaObject(graph: graph, index: index))
      case .array(let index): .array(JavaArray(graph: graph, index: index))
      case .enumeration(let index): .enumeration(JavaEnumeration(graph: graph, index: index))
      case .classObject(let index): .classObject(JavaClass(graph: graph, index: index))
      case .classDescription(let index): .classDescription(JavaClass(graph: graph, index: index))
      case .exception(let index): .exception(JavaObject(graph: graph, index: index))
      }
  }
}

extension JavaValue {
  /// Whether it is `null`.
  public var isNull: Bool {
    if case .null = self { true } else { false }
  }

  /// The string, if it is one.
  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The object, if it is one.
  public var object: JavaObject? {
    if case .object(let value) = self { value } else { nil }
  }

  /// The array, if it is one.
  public var array: JavaArray? {
    if case .array(let value) = self { value } else { nil }
  }

  /// The elements, if it is a `byte[]`.
  public var bytes: [UInt8]? { array?.bytes }

  /// The truth value of a `boolean` or a `java.lang.Boolean`.
  public var boolean: Bool? {
    switch self {
    case .boolean(let value): value
    case .object(let object) where object.className == "java.lang.Boolean": object["value"].boolean
    default: nil
    }
  }

  /// The whole number of a `byte`, `short`, `int` or `long`, or of their classes in `java.lang`.
  public var integer: Int64? {
    switch self {
    case .byte(let value): Int64(value)
    case .short(let value): Int64(value)
    case .int(let value): Int64(value)
    case .long(let value): value
    case .object(let object) where Self.numberClasses.contains(object.className): object["value"].integer
    default: nil
    }
  }

  private static let numberClasses: Set<String> = [
    "java.lang.Byte", "java.lang.Short", "java.lang.Integer", "java.lang.Long",
  ]
}
