/// Writes the Java object serialization protocol, version 5.
///
/// Classes and strings that come again are written as references, as Java does; objects are not, since the values given
/// have no identity.
public struct JavaStreamWriter {
  private var bytes = StreamCode.magic
  private var classHandles: [ObjectIdentifier: UInt32] = [:]
  private var stringHandles: [String: UInt32] = [:]
  private var nextHandle = StreamCode.baseHandle

  private init() {}

  /// Writes a stream of one value.
  ///
  /// - Throws: ``JavaStreamError`` when a value does not fit its field, or a name or array is longer than the protocol
  ///   can say.
  public static func write(_ value: JavaOutput) throws(JavaStreamError) -> [UInt8] {
    var writer = JavaStreamWriter()
    try writer.content(value)
    return writer.bytes
  }

  private mutating func put<Number: FixedWidthInteger>(_ number: Number) {
    withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
  }

  private mutating func newHandle() -> UInt32 {
    defer { nextHandle += 1 }
    return nextHandle
  }

  private mutating func reference(_ handle: UInt32) {
    put(StreamCode.reference)
    put(handle)
  }

  /// Writes what may stand among custom data.
  private mutating func content(_ value: JavaOutput) throws(JavaStreamError) {
    guard case .block(let block) = value else { return try object(value) }
    var rest = block[...]
    repeat {
      let part = rest.prefix(1024)
      if part.count <= 255 {
        put(StreamCode.blockData)
        put(UInt8(part.count))
      } else {
        put(StreamCode.longBlockData)
        put(Int32(part.count))
      }
      bytes += part
      rest = rest.dropFirst(part.count)
    } while !rest.isEmpty
  }

  private mutating func object(_ value: JavaOutput) throws(JavaStreamError) {
    switch value {
    case .null: put(StreamCode.null)
    case .string(let text): string(text)
    case .object(let layout, let values, let custom): try instance(layout, values, custom)
    case .bytes(let elements):
      try array(Self.byteArray, count: elements.count)
      bytes += elements
    case .array(let layout, let elements):
      try array(layout, count: elements.count)
      let type = String(layout.name.dropFirst())
      for element in elements { try field(element, JavaField("element", type), of: layout) }
    case .enumeration(let layout, let constant):
      put(StreamCode.enumeration)
      try classDescription(layout)
      _ = newHandle()
      string(constant)
    case .classObject(let layout):
      put(StreamCode.classObject)
      try classDescription(layout)
      _ = newHandle()
    default: throw JavaStreamError(.mismatch, "a primitive value cannot stand where an object has to be")
    }
  }

  private static let byteArray = JavaLayout("[B", -5_984_413_125_824_719_648)

  private mutating func array(_ layout: JavaLayout, count: Int) throws(JavaStreamError) {
    guard let length = Int32(exactly: count), layout.name.utf8.first == UInt8(ascii: "[") else {
      throw JavaStreamError(.mismatch, "an array of class '\(layout.name)' with \(count) elements cannot be written")
    }
    put(StreamCode.array)
    try classDescription(layout)
    _ = newHandle()
    put(length)
  }

  private mutating func string(_ text: String) {
    if let handle = stringHandles[text] { return reference(handle) }
    let encoded = ModifiedUTF8.encode(text)
    if let length = UInt16(exactly: encoded.count) {
      put(StreamCode.string)
      put(length)
    } else {
      put(StreamCode.longString)
      put(UInt64(encoded.count))
    }
    bytes += encoded
    stringHandles[text] = newHandle()
  }

  private mutating func instance(
    _ layout: JavaLayout, _ values: [String: JavaOutput], _ custom: [String: [JavaOutput]]
  ) throws(JavaStreamError) {
    put(StreamCode.object)
    try classDescription(layout)
    _ = newHandle()
    let hierarchy = layout.hierarchy
    let names = Set(hierarchy.flatMap { $0.fields.map(\.name) })
    for name in values.keys where !names.contains(name) {
      throw JavaStreamError(.mismatch, "class '\(layout.name)' has no field '\(name)'")
    }
    for part in hierarchy {
      for description in part.fields { try field(values[description.name] ?? .null, description, of: part) }
      if part.flags & ClassFlag.writeMethod != 0 {
        for value in custom[part.name] ?? [] { try content(value) }
        put(StreamCode.endBlockData)
      } else if custom[part.name] != nil {
        throw JavaStreamError(.mismatch, "class '\(part.name)' writes nothing beside its fields")
      }
    }
  }

  private mutating func field(
    _ value: JavaOutput, _ description: JavaField, of layout: JavaLayout
  ) throws(JavaStreamError) {
    let code = description.code
    guard JavaField.primitiveCodes.contains(code) else { return try object(value) }
    switch (code, value) {
    case (UInt8(ascii: "Z"), .boolean(let value)): put(UInt8(value ? 1 : 0))
    case (UInt8(ascii: "B"), .byte(let value)): put(value)
    case (UInt8(ascii: "C"), .character(let value)): put(value)
    case (UInt8(ascii: "S"), .short(let value)): put(value)
    case (UInt8(ascii: "I"), .int(let value)): put(value)
    case (UInt8(ascii: "J"), .long(let value)): put(value)
    case (UInt8(ascii: "F"), .float(let value)): put(value.bitPattern)
    case (UInt8(ascii: "D"), .double(let value)): put(value.bitPattern)
    case (_, .null):
      let width =
        [
          UInt8(ascii: "Z"): 1, UInt8(ascii: "B"): 1, UInt8(ascii: "C"): 2, UInt8(ascii: "S"): 2,
          UInt8(ascii: "I"): 4, UInt8(ascii: "F"): 4,
        ][code] ?? 8
      bytes += [UInt8](repeating: 0, count: width)
    default:
      throw JavaStreamError(
        .mismatch, "field '\(description.name)' of class '\(layout.name)' is of type \(description.type)")
    }
  }

  private mutating func classDescription(_ layout: JavaLayout) throws(JavaStreamError) {
    if let handle = classHandles[ObjectIdentifier(layout)] { return reference(handle) }
    if layout.isProxy {
      put(StreamCode.proxyClassDescription)
      classHandles[ObjectIdentifier(layout)] = newHandle()
      put(Int32(clamping: layout.interfaces.count))
      for name in layout.interfaces { try shortText(name) }
    } else {
      put(StreamCode.classDescription)
      try shortText(layout.name)
      put(layout.serialVersionUID)
      classHandles[ObjectIdentifier(layout)] = newHandle()
      put(layout.flags)
      put(UInt16(clamping: layout.fields.count))
      for field in layout.fields {
        put(field.code)
        try shortText(field.name)
        if !JavaField.primitiveCodes.contains(field.code) { string(field.type) }
      }
    }
    put(StreamCode.endBlockData)
    if let superclass = layout.superclass { try classDescription(superclass) } else { put(StreamCode.null) }
  }

  private mutating func shortText(_ text: String) throws(JavaStreamError) {
    let encoded = ModifiedUTF8.encode(text)
    guard let length = UInt16(exactly: encoded.count) else {
      throw JavaStreamError(.mismatch, "a name of \(encoded.count) bytes cannot be written to a Java stream")
    }
    put(length)
    bytes += encoded
  }
}
