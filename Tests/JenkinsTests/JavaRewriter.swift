import JourneymanJavaStream

@testable import JourneymanJenkins

/// Writes what was read from a recording again as another controller would send it: other paths and numbers, the fields
/// of each class in another order, and a field more.
final class JavaRewriter {
  /// What strings hold, and what stands there instead.
  var strings: [(recorded: String, live: String)]
  /// Numbers of the agent's objects.
  var objects: [Int64: Int32] = [:]
  /// Ids of git's objects, as bytes.
  var identifiers: [[UInt8]: [UInt8]] = [:]
  /// Ports in URLs that are taken apart.
  var ports: [Int64: Int32] = [:]
  /// What bytes hold, and what stands there instead.
  var contents: [(recorded: [UInt8], live: [UInt8])] = []
  /// How much of a log has been read already.
  var location: Int64?
  /// Numbers of the controller's streams; each gets another one.
  private(set) var streams: [Int32: Int32] = [:]
  private var layouts: [String: JavaLayout] = [:]
  private var open: Set<Int> = []

  private static let streamClasses: Set<String> = [
    "hudson.remoting.RemoteOutputStream", "hudson.remoting.RemoteInputStream", "hudson.remoting.Pipe",
    "hudson.remoting.RemoteWriter",
  ]

  init(_ strings: [(recorded: String, live: String)]) { self.strings = strings }

  func replaced(_ text: String) -> String {
    strings.reduce(text) { $0.replacing($1.recorded, with: $1.live) }
  }

  /// The same for bytes that may be no text.
  func replaced(_ bytes: [UInt8]) -> [UInt8] {
    let pairs = contents + strings.map { (recorded: Array($0.recorded.utf8), live: Array($0.live.utf8)) }
    return pairs.reduce(bytes) { $0.replacing($1.recorded, with: $1.live) }
  }

  /// The same stream is asked about once more: it gets a new number.
  func renumber(_ recorded: Int32) { streams[recorded] = nil }

  /// The live number of a recorded stream.
  func stream(_ recorded: Int32) -> Int32 {
    if let live = streams[recorded] { return live }
    let live = Int32.random(in: 1...1_000_000)
    streams[recorded] = live
    return live
  }

  func rewritten(_ value: JavaValue) -> JavaOutput {
    switch value {
    case .null, .exception, .classDescription: .null
    case .classObject(let type): .classObject(JavaLayout(type.name, type.serialVersionUID))
    case .boolean(let value): .boolean(value)
    case .byte(let value): .byte(value)
    case .character(let value): .character(value)
    case .short(let value): .short(value)
    case .int(let value): .int(value)
    case .long(let value): .long(value)
    case .float(let value): .float(value)
    case .double(let value): .double(value)
    case .string(let text): .string(replaced(text))
    case .block(let bytes): .block(identifiers[bytes] ?? bytes)
    case .enumeration(let value): .enumeration(enumeration(value.className), value.constant)
    case .array(let array): array.bytes.map { .bytes(replaced($0)) } ?? elements(array)
    case .object(let object): rewritten(object)
    }
  }

  private func elements(_ array: JavaArray) -> JavaOutput {
    .array(JavaLayout(array.className, Self.serials[array.className] ?? 1), array.elements.map { rewritten($0) })
  }

  private static let serials: [String: Int64] = [
    "[Ljava.lang.String;": -5_921_575_005_990_323_385, "[Ljava.lang.Object;": -8_012_369_246_846_506_644,
  ]

  private func enumeration(_ name: String) -> JavaLayout {
    let layout = layouts["enum " + name] ?? JavaLayout(enumeration: name)
    layouts["enum " + name] = layout
    return layout
  }

  private func rewritten(_ object: JavaObject) -> JavaOutput {
    guard open.insert(object.identity).inserted else { return .null }
    defer { open.remove(object.identity) }
    var values: [String: JavaOutput] = [:]
    for field in object.fields where field.name != "createdAt" && !isLeftOut(field.declaring) {
      values[field.name] = rewritten(field.value)
    }
    if object.classNames.contains("hudson.remoting.RemoteInvocationHandler$RPCRequest"),
      let number = object["oid"].integer
    {
      values["oid"] = .int(objects[number] ?? -1)
      values["id"] = .int(.random(in: 1...100_000))
    }
    if object["goingHome"].boolean == true, let number = object["oid"].integer {
      values["oid"] = .int(objects[number] ?? -1)
    }
    if object.className.hasPrefix("hudson.remoting.ProxyOutputStream$"), let number = object["oid"].integer {
      values["oid"] = .int(objects[number] ?? -1)
    }
    if let location, !object["lastLocation"].isNull { values["lastLocation"] = .long(location) }
    if let port = object["port"].integer.flatMap({ ports[$0] }) { values["port"] = .int(port) }
    if !object.type.interfaces.isEmpty { return .object(JavaLayout(proxy: object.type.interfaces), values) }
    var custom: [String: [JavaOutput]] = [:]
    for name in object.classNames {
      let written = object.custom(of: name)
      if !written.isEmpty {
        custom[name] = Self.streamClasses.contains(name) ? number(written) : written.map(rewritten)
      }
    }
    return .object(layout(of: object.type), values, custom: custom)
  }

  /// The number of a stream is the last four bytes.
  private func number(_ written: [JavaValue]) -> [JavaOutput] {
    guard case .block(let bytes)? = written.first, bytes.count >= 4 else { return [] }
    let recorded = bytes.suffix(4).reduce(0 as Int32) { $0 << 8 | Int32($1) }
    return [.block(bytes.dropLast(4) + JavaOutput.bigEndian(stream(recorded)))]
  }

  private func isLeftOut(_ className: String) -> Bool { CommandLayout.withoutFields.contains(className) }

  private func layout(of type: JavaClass) -> JavaLayout {
    if let layout = layouts[type.name] { return layout }
    var fields = isLeftOut(type.name) ? [] : type.fields
    if !type.name.hasPrefix("java.") && !isLeftOut(type.name) {
      fields = (fields + [JavaField("laterField", "Ljava/lang/String;")]).shuffled()
    }
    let layout = JavaLayout(
      type.name, type.serialVersionUID, fields, extends: type.superclass.map { self.layout(of: $0) },
      writesCustomData: type.flags & 1 != 0)
    layouts[type.name] = layout
    return layout
  }
}

/// A value as text, in which equal values look equal.
enum JavaText {
  static func of(_ value: JavaValue) -> String {
    switch value {
    case .string(let text): "'\(text)'"
    case .enumeration(let value): value.className + "." + value.constant
    case .block(let bytes): "block \(bytes)"
    case .array(let array):
      array.bytes.map { "bytes \($0)" } ?? "[" + array.elements.map(of).joined(separator: ", ") + "]"
    case .object(let object): of(object)
    default: "\(value)"
    }
  }

  private static func of(_ object: JavaObject) -> String {
    let value = JavaValue.object(object)
    if let list = value.list { return "[" + list.map(of).joined(separator: ", ") + "]" }
    if let entries = value.entries {
      return object.className + "{" + entries.map { "\(of($0.key)): \(of($0.value))" }.sorted().joined(separator: ", ")
        + "}"
    }
    let fields = object.fields.map { "\($0.name)=\(of($0.value))" }.sorted()
    let custom = object.classNames.flatMap { object.custom(of: $0).map(of) }
    return object.className + "{" + (fields + custom).joined(separator: ", ") + "}"
  }
}
