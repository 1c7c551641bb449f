/// One pass over a stream: contents, strings, arrays and enums. Classes and objects are in files of their own.
struct JavaStreamParser {
  var cursor: ByteCursor
  let reader: JavaStreamReader
  var classes: [ClassNode] = []
  var objects: [ObjectNode] = []
  private var arrays: [ArrayNode] = []
  private var enumerations: [EnumerationNode] = []
  /// What references refer to, by handle.
  private var handles: [Slot] = []
  private var depth = 0
  private var values = 0
  /// The throwable for which the writer gave the current value up.
  private var exception: Int?

  init(_ bytes: [UInt8], _ reader: JavaStreamReader) {
    cursor = ByteCursor(bytes)
    self.reader = reader
  }

  func graph() -> JavaGraph {
    JavaGraph(classes: classes, objects: objects, arrays: arrays, enumerations: enumerations)
  }

  mutating func parse() throws(JavaStreamError) -> [Slot] {
    guard try Array(cursor.take(4)) == StreamCode.magic else {
      throw JavaStreamError(.malformed, "the bytes are no Java object stream of version 5")
    }
    var contents: [Slot] = []
    while cursor.left > 0 {
      if try cursor.peek() == StreamCode.reset {
        _ = try cursor.take(1)
        handles = []
      } else {
        contents.append(try contentOrException())
      }
    }
    return contents
  }

  // MARK: Accounts

  /// Counts values against the limit.
  mutating func count(_ more: Int = 1) throws(JavaStreamError) {
    values += more
    if values > reader.limits.values {
      throw JavaStreamError(.tooLarge, "the Java stream holds more than \(reader.limits.values) values")
    }
  }

  /// Goes one level down; `leave` comes up again.
  mutating func enter() throws(JavaStreamError) {
    depth += 1
    if depth > reader.limits.depth {
      throw JavaStreamError(.tooLarge, "the Java stream is nested deeper than \(reader.limits.depth) levels")
    }
  }

  mutating func leave() { depth -= 1 }

  mutating func newHandle(_ slot: Slot) throws(JavaStreamError) {
    try count()
    handles.append(slot)
  }

  mutating func reference() throws(JavaStreamError) -> Slot {
    let handle = try cursor.number(UInt32.self)
    guard handle >= StreamCode.baseHandle, handle - StreamCode.baseHandle < handles.count else {
      throw JavaStreamError(.malformed, "the Java stream refers to something it has not said")
    }
    return handles[Int(handle - StreamCode.baseHandle)]
  }

  // MARK: Contents

  /// Reads what may stand at the top, between block data.
  mutating func content() throws(JavaStreamError) -> Slot {
    switch try cursor.peek() {
    case StreamCode.blockData:
      _ = try cursor.take(1)
      return try block(Int(try cursor.number(UInt8.self)))
    case StreamCode.longBlockData:
      _ = try cursor.take(1)
      return try block(Int(try cursor.number(Int32.self)))
    default: return try objectValue()
    }
  }

  private mutating func block(_ length: Int) throws(JavaStreamError) -> Slot {
    try count()
    return .block(Array(try cursor.take(length)))
  }

  /// Reads custom data up to its end mark.
  mutating func contentsUntilEnd() throws(JavaStreamError) -> [Slot] {
    var contents: [Slot] = []
    while try cursor.peek() != StreamCode.endBlockData { contents.append(try content()) }
    _ = try cursor.take(1)
    return contents
  }

  /// Reads an object of any kind.
  mutating func objectValue() throws(JavaStreamError) -> Slot {
    try enter()
    defer { leave() }
    try count()
    let code = try cursor.number(UInt8.self)
    switch code {
    case StreamCode.null: return .null
    case StreamCode.reference: return try reference()
    case StreamCode.object: return try newObject()
    case StreamCode.string: return try newString(Int(try cursor.number(UInt16.self)))
    case StreamCode.longString:
      return try newString(Int(exactly: try cursor.number(UInt64.self)) ?? Int.max)
    case StreamCode.array: return try newArray()
    case StreamCode.enumeration: return try newEnumeration()
    case StreamCode.classObject:
      let slot = Slot.classObject(try requiredClass())
      try newHandle(slot)
      return slot
    case StreamCode.classDescription: return .classDescription(try newClass())
    case StreamCode.proxyClassDescription: return .classDescription(try newProxyClass())
    case StreamCode.exception: return try abort()
    default:
      throw JavaStreamError(
        .malformed, "the Java stream has the unknown code \(code) at byte \(cursor.position - 1)")
    }
  }

  /// Reads what stands at the top, or the exception that cut it off.
  private mutating func contentOrException() throws(JavaStreamError) -> Slot {
    do {
      return try content()
    } catch {
      guard let exception else { throw error }
      self.exception = nil
      depth = 0
      handles = []
      return .exception(exception)
    }
  }

  /// The writer gave up, at any depth: a reset, the throwable, and another reset, §6.4.1. The stream goes on at its top.
  private mutating func abort() throws(JavaStreamError) -> Slot {
    guard exception == nil else {
      throw JavaStreamError(.malformed, "the Java stream has an exception in an exception")
    }
    handles = []
    guard case .object(let index) = try objectValue() else {
      throw JavaStreamError(.malformed, "the Java stream has an exception that is no object")
    }
    exception = index
    throw JavaStreamError(.malformed, "the writer of the Java stream gave up")
  }

  mutating func newString(_ length: Int) throws(JavaStreamError) -> Slot {
    if length > reader.limits.stringBytes {
      throw JavaStreamError(
        .tooLarge, "the Java stream has a string longer than \(reader.limits.stringBytes) bytes")
    }
    let slot = Slot.string(try ModifiedUTF8.decode(try cursor.take(length)))
    try newHandle(slot)
    return slot
  }

  private mutating func newArray() throws(JavaStreamError) -> Slot {
    let classIndex = try requiredClass()
    let name = Array(classes[classIndex].name.utf8)
    guard name.count >= 2, name[0] == UInt8(ascii: "[") else {
      throw JavaStreamError(.malformed, "the Java stream has an array of class '\(classes[classIndex].name)'")
    }
    let index = arrays.count
    arrays.append(ArrayNode(classIndex: classIndex))
    try newHandle(.array(index))
    let length = Int(try cursor.number(Int32.self))
    guard length >= 0 else { throw JavaStreamError(.malformed, "the Java stream has an array of negative length") }
    if length > reader.limits.arrayElements {
      throw JavaStreamError(
        .tooLarge, "the Java stream has an array of more than \(reader.limits.arrayElements) elements")
    }
    if name == Array("[B".utf8) {
      arrays[index].bytes = Array(try cursor.take(length))
      return .array(index)
    }
    // Each element takes a byte at least, so that a length alone reserves nothing.
    guard length <= cursor.left else {
      throw JavaStreamError(.malformed, "the Java stream ends in the middle of an array")
    }
    var elements: [Slot] = []
    for _ in 0..<length { elements.append(try value(name[1])) }
    arrays[index].elements = elements
    return .array(index)
  }

  private mutating func newEnumeration() throws(JavaStreamError) -> Slot {
    let classIndex = try requiredClass()
    let index = enumerations.count
    enumerations.append(EnumerationNode(classIndex: classIndex, constant: ""))
    try newHandle(.enumeration(index))
    guard classes[classIndex].has(ClassFlag.enumeration), case .string(let constant) = try objectValue() else {
      throw JavaStreamError(.malformed, "the Java stream has an enum constant without an enum or a name")
    }
    enumerations[index] = EnumerationNode(classIndex: classIndex, constant: constant)
    return .enumeration(index)
  }

  /// Reads a field's or element's value of the type with this code.
  mutating func value(_ code: UInt8) throws(JavaStreamError) -> Slot {
    if !JavaField.primitiveCodes.contains(code) { return try objectValue() }
    try count()
    switch code {
    case UInt8(ascii: "B"): return .byte(try cursor.number(Int8.self))
    case UInt8(ascii: "C"): return .character(try cursor.number(UInt16.self))
    case UInt8(ascii: "D"): return .double(Double(bitPattern: try cursor.number(UInt64.self)))
    case UInt8(ascii: "F"): return .float(Float(bitPattern: try cursor.number(UInt32.self)))
    case UInt8(ascii: "I"): return .int(try cursor.number(Int32.self))
    case UInt8(ascii: "J"): return .long(try cursor.number(Int64.self))
    case UInt8(ascii: "S"): return .short(try cursor.number(Int16.self))
    default: return .boolean(try cursor.number(UInt8.self) != 0)
    }
  }
}
