import Foundation

@testable import JourneymanJavaStream

/// Streams that a real controller and agents sent, one for each class that occurs.
struct Corpus {
  struct Entry: Decodable {
    let from: String
    /// The classes in it, as another parser found them, those of nested streams included.
    let names: [String]
    let stream: Data
    var bytes: [UInt8] { Array(stream) }
  }

  static let entries: [Entry] = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/jenkins/corpus.jsonl")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
    let decoder = JSONDecoder()
    return text.split(separator: "\n").compactMap { try? decoder.decode(Entry.self, from: Data($0.utf8)) }
  }()

  /// Classes of Jenkins that write no fields although they declare some.
  static let reader = JavaStreamReader(
    classesWithoutFields: [
      "hudson.remoting.Pipe", "hudson.remoting.RemoteInputStream", "hudson.util.StreamTaskListener",
    ])

  /// The classes reachable from a value, those of streams nested in byte arrays included.
  static func names(_ value: JavaValue, into names: inout Set<String>, depth: Int = 0) throws {
    guard depth < 200 else { return }
    switch value {
    case .object(let object):
      names.insert(object.className.isEmpty ? "Proxy" : object.className)
      for field in object.fields
      where !["createdAt", "classLoaderProxy", "toString", "cause", "suppressedExceptions"].contains(field.name) {
        try Self.names(field.value, into: &names, depth: depth + 1)
      }
      for name in object.classNames {
        for custom in object.custom(of: name) { try Self.names(custom, into: &names, depth: depth + 1) }
      }
    case .array(let array):
      if let bytes = array.bytes {
        guard bytes.starts(with: StreamCode.magic) else { return }
        for nested in try reader.read(bytes) { try Self.names(nested, into: &names, depth: depth + 1) }
      } else {
        for element in array.elements { try Self.names(element, into: &names, depth: depth + 1) }
      }
    case .enumeration(let enumeration): names.insert(enumeration.className)
    default: break
    }
  }
}
