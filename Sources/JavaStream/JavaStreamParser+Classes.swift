extension JavaStreamParser {
  /// How many classes an object's hierarchy may have.
  private static let longestHierarchy = 64
  /// How many interfaces a proxy may have; the JVM's own limit.
  private static let mostInterfaces = 65_535

  /// Reads a class where one has to be.
  mutating func requiredClass() throws(JavaStreamError) -> Int {
    guard let index = try optionalClass() else {
      throw JavaStreamError(.malformed, "the Java stream has an object without a class")
    }
    return index
  }

  /// Reads a class, a reference to one, or null.
  private mutating func optionalClass() throws(JavaStreamError) -> Int? {
    try enter()
    defer { leave() }
    switch try cursor.number(UInt8.self) {
    case StreamCode.null: return nil
    case StreamCode.classDescription: return try newClass()
    case StreamCode.proxyClassDescription: return try newProxyClass()
    case StreamCode.reference:
      guard case .classDescription(let index) = try reference(), classes[index].isComplete else {
        throw JavaStreamError(.malformed, "the Java stream refers to a class that is none")
      }
      return index
    default: throw JavaStreamError(.malformed, "the Java stream has something else where a class should be")
    }
  }

  /// Reads a class; its code is read already.
  mutating func newClass() throws(JavaStreamError) -> Int {
    var node = ClassNode()
    node.name = try shortText()
    node.serialVersionUID = try cursor.number(Int64.self)
    let index = classes.count
    classes.append(node)
    try newHandle(.classDescription(index))
    node.flags = try cursor.number(UInt8.self)
    if node.has(ClassFlag.serializable) && node.has(ClassFlag.externalizable)
      || node.has(ClassFlag.enumeration) && !node.has(ClassFlag.serializable)
    {
      throw JavaStreamError(.malformed, "the Java stream gives class '\(node.name)' contradictory flags")
    }
    for _ in 0..<(try cursor.number(UInt16.self)) { node.fields.append(try field(of: node.name)) }
    node.annotations = try contentsUntilEnd()
    node.superclass = try optionalClass()
    try complete(index, node)
    return index
  }

  /// Reads a proxy's class; its code is read already.
  mutating func newProxyClass() throws(JavaStreamError) -> Int {
    var node = ClassNode()
    node.flags = ClassFlag.serializable
    let index = classes.count
    classes.append(node)
    try newHandle(.classDescription(index))
    let count = Int(try cursor.number(Int32.self))
    guard (0...Self.mostInterfaces).contains(count) else {
      throw JavaStreamError(.malformed, "the Java stream has a proxy of \(count) interfaces")
    }
    for _ in 0..<count {
      try self.count()
      node.interfaces.append(try shortText())
    }
    node.annotations = try contentsUntilEnd()
    node.superclass = try optionalClass()
    try complete(index, node)
    return index
  }

  private mutating func complete(_ index: Int, _ node: ClassNode) throws(JavaStreamError) {
    var node = node
    node.isComplete = true
    classes[index] = node
    if hierarchy(index).count > Self.longestHierarchy {
      throw JavaStreamError(
        .tooLarge, "class '\(node.name)' of the Java stream has more than \(Self.longestHierarchy) superclasses")
    }
  }

  /// A class and its superclasses, from the topmost down. A class is complete before another can extend it, so this
  /// ends.
  func hierarchy(_ index: Int) -> [Int] {
    var chain: [Int] = []
    var next: Int? = index
    while let current = next {
      chain.append(current)
      next = classes[current].superclass
    }
    return chain.reversed()
  }

  private mutating func field(of owner: String) throws(JavaStreamError) -> JavaField {
    try count()
    let code = try cursor.number(UInt8.self)
    let name = try shortText()
    if JavaField.primitiveCodes.contains(code) {
      return JavaField(name, String(decoding: [code], as: UTF8.self))
    }
    guard code == UInt8(ascii: "L") || code == UInt8(ascii: "["), case .string(let type) = try objectValue(),
      type.utf8.first == code
    else { throw JavaStreamError(.malformed, "field '\(name)' of class '\(owner)' has no type in the Java stream") }
    return JavaField(name, type)
  }

  /// Reads a name: a string without a handle.
  private mutating func shortText() throws(JavaStreamError) -> String {
    try ModifiedUTF8.decode(try cursor.take(Int(try cursor.number(UInt16.self))))
  }

  // MARK: Objects

  /// Reads an object; its code is read already.
  mutating func newObject() throws(JavaStreamError) -> Slot {
    let classIndex = try requiredClass()
    guard !classes[classIndex].has(ClassFlag.enumeration) else {
      throw JavaStreamError(.malformed, "the Java stream has an enum '\(classes[classIndex].name)' as an object")
    }
    let index = objects.count
    objects.append(ObjectNode(classIndex: classIndex))
    try newHandle(.object(index))
    var parts: [ObjectNode.Part] = []
    for ancestor in hierarchy(classIndex) {
      try count()
      parts.append(try part(ancestor))
    }
    objects[index].parts = parts
    return .object(index)
  }

  /// Reads what one class of the hierarchy wrote.
  private mutating func part(_ classIndex: Int) throws(JavaStreamError) -> ObjectNode.Part {
    let node = classes[classIndex]
    var part = ObjectNode.Part(classIndex: classIndex)
    if node.has(ClassFlag.externalizable) {
      guard node.has(ClassFlag.blockData) else {
        throw JavaStreamError(
          .malformed, "class '\(node.name)' of the Java stream is written in protocol version 1, which has no end")
      }
      part.custom = try contentsUntilEnd()
    } else if node.has(ClassFlag.serializable) {
      if !reader.classesWithoutFields.contains(node.name) {
        for field in node.fields { part.fields.append(try value(field.code)) }
      }
      if node.has(ClassFlag.writeMethod) { part.custom = try contentsUntilEnd() }
    }
    return part
  }
}
