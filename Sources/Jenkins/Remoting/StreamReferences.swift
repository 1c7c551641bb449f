internal import JourneymanJavaStream

/// The streams of the controller that a request refers to.
struct StreamReferences {
  /// Pipes whose reading end is at the controller: it waits for their end.
  private(set) var pipes: [Int32] = []
  /// Output streams, which the controller keeps until they are given back.
  private(set) var outputs: [Int32] = []

  /// Looks through a request; rings in it do no harm.
  init(in request: JavaObject) {
    var seen: Set<Int> = []
    var rest: [JavaValue] = [.object(request)]
    while let value = rest.popLast() {
      if let array = value.array {
        if array.bytes == nil { rest += array.elements }
        continue
      }
      guard let object = value.object, seen.insert(object.identity).inserted else { continue }
      if let pipe = Self.pipe(value) { pipes.append(pipe) }
      if let output = Self.output(value) { outputs.append(output) }
      rest += object.fields.map(\.value)
      for name in object.classNames { rest += object.customObjects(of: name) }
    }
  }

  /// The number of a `hudson.remoting.Pipe` that this side writes to: a true, then the number.
  static func pipe(_ value: JavaValue) -> Int32? {
    guard let bytes = value.object?.customBytes(of: "hudson.remoting.Pipe"), bytes.count == 5, bytes[0] == 1 else {
      return nil
    }
    return number(bytes.dropFirst())
  }

  /// The number of a `hudson.remoting.RemoteOutputStream`.
  static func output(_ value: JavaValue) -> Int32? {
    guard let bytes = value.object?.customBytes(of: "hudson.remoting.RemoteOutputStream"), bytes.count == 4 else {
      return nil
    }
    return number(bytes[...])
  }

  /// The number of a `hudson.remoting.RemoteInputStream` that the controller reads for this side.
  static func input(_ value: JavaValue) -> Int32? {
    guard let bytes = value.object?.customBytes(of: "hudson.remoting.RemoteInputStream"), bytes.count == 4 else {
      return nil
    }
    return number(bytes[...])
  }

  /// The number of a `hudson.remoting.RemoteWriter`, which takes text.
  static func writer(_ value: JavaValue) -> Int32? {
    guard let bytes = value.object?.customBytes(of: "hudson.remoting.RemoteWriter"), bytes.count == 4 else {
      return nil
    }
    return number(bytes[...])
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int32 {
    Int32(bitPattern: bytes.reduce(0 as UInt32) { $0 << 8 | UInt32($1) })
  }
}
