internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanSupport

/// A build's log at the controller, as a request's listener describes it: the stream, and what must not reach it.
///
/// The controller masks what its own steps read, not what an agent writes to a listener: this side has to.
struct ListenerOutput: Sendable {
  /// The stream's number.
  let stream: Int32
  private let secrets: [[UInt8]]
  private var line: [UInt8] = []

  /// Longer lines are cut here, so that a build without line ends does not fill the memory.
  private static let longestLine = 256 << 10

  /// - Returns: `nil` when the listener has no stream.
  init?(_ listener: JavaValue) {
    guard let object = listener.object, let stream = StreamReferences(in: object).outputs.first else { return nil }
    self.stream = stream
    secrets = Self.secrets(in: object)
  }

  /// The words of all masking filters in a listener: `BindingStep$Filter.pattern` is a plain alternation of quoted words.
  static func secrets(in listener: JavaObject) -> [[UInt8]] {
    var words: [[UInt8]] = []
    var seen: Set<Int> = []
    var rest: [JavaValue] = [.object(listener)]
    while let value = rest.popLast() {
      if let array = value.array, array.bytes == nil { rest += array.elements }
      guard let object = value.object, seen.insert(object.identity).inserted else { continue }
      if let pattern = object["pattern"].object?["value"].string {
        words += alternatives(pattern).map { Array($0.utf8) }
      }
      rest += object.fields.map(\.value)
      for name in object.classNames { rest += object.customObjects(of: name) }
    }
    return words.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
  }

  private static func alternatives(_ pattern: String) -> [String] {
    pattern.components(separatedBy: "\\Q").dropFirst().compactMap { $0.components(separatedBy: "\\E").first }
  }

  /// Takes output and returns what may be sent now: whole lines where something is masked.
  mutating func take(_ bytes: [UInt8]) -> [UInt8] {
    if secrets.isEmpty { return bytes }
    line += bytes
    guard let end = line.lastIndex(of: UInt8(ascii: "\n")) ?? (line.count > Self.longestLine ? line.count - 1 : nil)
    else { return [] }
    defer { line.removeSubrange(...end) }
    return masked(Array(line[...end]))
  }

  /// The rest, at the end of the output or when the process has ended.
  mutating func flush() -> [UInt8] {
    defer { line = [] }
    return masked(line)
  }

  private func masked(_ bytes: [UInt8]) -> [UInt8] {
    if secrets.isEmpty { return bytes }
    var result: [UInt8] = []
    var rest = bytes[...]
    while let first = rest.first {
      if let secret = secrets.first(where: { rest.starts(with: $0) }) {
        result += Array("****".utf8)
        rest = rest.dropFirst(secret.count)
      } else {
        result.append(first)
        rest = rest.dropFirst()
      }
    }
    return result
  }
}
