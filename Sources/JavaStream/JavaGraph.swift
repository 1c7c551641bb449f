/// Everything one stream holds. Parts refer to each other by index, so that cycles, which every exception has, need no
/// care: the graph goes as a whole.
final class JavaGraph: Sendable {
  let classes: [ClassNode]
  let objects: [ObjectNode]
  let arrays: [ArrayNode]
  let enumerations: [EnumerationNode]

  init(classes: [ClassNode], objects: [ObjectNode], arrays: [ArrayNode], enumerations: [EnumerationNode]) {
    self.classes = classes
    self.objects = objects
    self.arrays = arrays
    self.enumerations = enumerations
  }
}

/// A value as the graph stores it.
enum Slot: Sendable {
  case null
  case boolean(Bool)
  case byte(Int8)
  case character(UInt16)
  case short(Int16)
  case int(Int32)
  case long(Int64)
  case float(Float)
  case double(Double)
  case string(String)
  case block([UInt8])
  case object(Int)
  case array(Int)
  case enumeration(Int)
  case classObject(Int)
  case classDescription(Int)
  case exception(Int)
}

struct ClassNode: Sendable {
  /// Empty for a proxy.
  var name = ""
  var serialVersionUID: Int64 = 0
  var flags: UInt8 = 0
  var fields: [JavaField] = []
  var interfaces: [String] = []
  var annotations: [Slot] = []
  var superclass: Int?
  /// Whether it was read to its end; until then nothing may be made of it.
  var isComplete = false

  func has(_ flag: UInt8) -> Bool { flags & flag != 0 }
}

struct ObjectNode: Sendable {
  /// What one class of the hierarchy wrote.
  struct Part: Sendable {
    let classIndex: Int
    var fields: [Slot] = []
    var custom: [Slot] = []
  }

  let classIndex: Int
  /// From the topmost class down.
  var parts: [Part] = []
}

struct ArrayNode: Sendable {
  let classIndex: Int
  /// The elements of a `byte[]`.
  var bytes: [UInt8] = []
  /// The elements of any other array.
  var elements: [Slot] = []
}

struct EnumerationNode: Sendable {
  let classIndex: Int
  let constant: String
}
