/// A value to be written into a Java object stream.
public indirect enum JavaOutput: Sendable {
  /// `null`, or the default of a primitive field
  case null
  /// `boolean`
  case boolean(Bool)
  /// `byte`
  case byte(Int8)
  /// `char`
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
  /// Bytes that a class writes by itself.
  case block([UInt8])
  /// An object: values of fields by name, fields not named are null or zero, and per class what it writes beside them.
  case object(JavaLayout, [String: JavaOutput] = [:], custom: [String: [JavaOutput]] = [:])
  /// `byte[]`
  case bytes([UInt8])
  /// An array of the class with this layout, as `[I`.
  case array(JavaLayout, [JavaOutput])
  /// An enum's constant.
  case enumeration(JavaLayout, String)
  /// A `java.lang.Class`.
  case classObject(JavaLayout)

  /// The string, or null.
  public static func optional(_ text: String?) -> JavaOutput { text.map { .string($0) } ?? .null }
}

extension JavaOutput {
  private static let number = JavaLayout("java.lang.Number", -8_742_448_824_652_078_965)
  private static let integerLayout = JavaLayout(
    "java.lang.Integer", 1_360_826_667_806_852_920, [JavaField("value", "I")], extends: number)
  private static let longLayout = JavaLayout(
    "java.lang.Long", 4_290_774_380_558_885_855, [JavaField("value", "J")], extends: number)
  private static let booleanLayout = JavaLayout(
    "java.lang.Boolean", -3_665_804_199_014_368_530, [JavaField("value", "Z")])
  private static let listLayout = JavaLayout(
    "java.util.ArrayList", 8_683_452_581_122_892_189, [JavaField("size", "I")], writesCustomData: true)
  private static let mapLayout = JavaLayout(
    "java.util.HashMap", 362_498_820_763_181_265, [JavaField("loadFactor", "F"), JavaField("threshold", "I")],
    writesCustomData: true)
  /// `java.util.TreeMap`, which other classes extend.
  public static let treeMapLayout = JavaLayout(
    "java.util.TreeMap", 919_286_545_866_124_006, [JavaField("comparator", "Ljava/util/Comparator;")],
    writesCustomData: true)

  /// `java.lang.Integer`
  public static func integerObject(_ value: Int32) -> JavaOutput { .object(integerLayout, ["value": .int(value)]) }

  /// `java.lang.Long`
  public static func longObject(_ value: Int64) -> JavaOutput { .object(longLayout, ["value": .long(value)]) }

  /// `java.lang.Boolean`
  public static func booleanObject(_ value: Bool) -> JavaOutput { .object(booleanLayout, ["value": .boolean(value)]) }

  /// `java.util.ArrayList`
  public static func list(_ elements: [JavaOutput]) -> JavaOutput {
    let count = Int32(clamping: elements.count)
    return .object(
      listLayout, ["size": .int(count)], custom: [listLayout.name: [.block(bigEndian(count))] + elements])
  }

  /// `java.util.HashMap`
  public static func map(_ entries: [(key: JavaOutput, value: JavaOutput)]) -> JavaOutput {
    // The table Java would have, which a reader only takes as a hint: a power of two, three quarters full at most.
    var capacity: Int32 = 16
    while Double(capacity) * 0.75 < Double(entries.count) && capacity < 1 << 30 { capacity *= 2 }
    let header = bigEndian(capacity) + bigEndian(Int32(clamping: entries.count))
    return .object(
      mapLayout, ["loadFactor": .float(0.75), "threshold": .int(capacity / 4 * 3)],
      custom: [mapLayout.name: [.block(header)] + entries.flatMap { [$0.key, $0.value] }])
  }

  /// `java.util.TreeMap` in natural order.
  public static func treeMap(_ entries: [String: String]) -> JavaOutput {
    .object(treeMapLayout, custom: [treeMapLayout.name: treeMapContents(entries.sorted { $0.key < $1.key })])
  }

  /// What a `TreeMap` writes beside its fields. The order must be that of its comparator.
  public static func treeMapContents(_ entries: [(key: String, value: String)]) -> [JavaOutput] {
    [.block(bigEndian(Int32(clamping: entries.count)))]
      + entries.flatMap { [JavaOutput.string($0.key), .string($0.value)] }
  }

  /// A number's bytes as `DataOutput` writes them.
  public static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }
}
