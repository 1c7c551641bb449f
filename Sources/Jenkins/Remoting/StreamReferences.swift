internal import JourneymanJavaStream

/// The streams of the controller that a request refers to.
struct StreamReferences {
  /// Pipes whose reading end is at the controller: it waits for their end.
  private(set) var pipes: [Int32] = []
  /// Output streams, which the controller keeps until they are given back.
  private(set) var outputs: [Int32] = []
  /// Those of them that are no log: somebody at the controller may wait for their end, as for a pipe's.
  private(set) var data: [Int32] = []

  /// Looks through a request; rings in it do no harm.
  init(in request: JavaObject) {
    var seen: Set<Int> = []
    var rest: [(value: JavaValue, isLog: Bool)] = [(.object(request), false)]
    while let (value, isAboveLog) = rest.popLast() {
      if let array = value.array {
        if array.bytes == nil { rest += array.elements.map { ($0, isAboveLog) } }
        continue
      }
      guard let object = value.object, seen.insert(object.identity).inserted else { continue }
      if let pipe = Self.pipe(value) { pipes.append(pipe) }
      // `hudson.model.TaskListener`'s kinds: closing what they write to would close the log of the whole build.
      let isLog = isAboveLog || object.classNames.contains { $0.contains("Listener") }
      if let output = Self.output(value) {
        outputs.append(output)
        if !isLog { data.append(output) }
      }
      rest += object.fields.map { ($0.value, isLog) }
      for name in object.classNames { rest += object.customObjects(of: name).map { ($0, isLog) } }
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
