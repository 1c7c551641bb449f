internal import Foundation

/// A look at a JSON value that takes what is there and passes over what has another type.
struct JSONView {
  private let value: Any?

  private init(_ value: Any?) { self.value = value }

  /// Reads a document: UTF-8 (also after a byte order mark), UTF-16 or UTF-32; at most 512 levels deep.
  init(bytes: [UInt8]) throws {
    let isMarked = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    do {
      value = try JSONSerialization.jsonObject(with: Data(isMarked ? bytes[3...] : bytes[...]))
    } catch {
      let why = (error as NSError).userInfo[NSDebugDescriptionErrorKey].map { ": \($0)" } ?? ""
      throw ReportError(.malformed, "it is no JSON\(why.prefix(200))", underlying: error)
    }
  }

  /// The value of a key.
  subscript(key: String) -> JSONView { JSONView((value as? [String: Any])?[key]) }

  /// The items of a list; none for what is no list.
  var items: [JSONView] { (value as? [Any])?.map { JSONView($0) } ?? [] }

  /// The members of an object, sorted by key; none for what is no object.
  var members: [(key: String, value: JSONView)] {
    (value as? [String: Any])?.sorted { $0.key < $1.key }.map { ($0.key, JSONView($0.value)) } ?? []
  }

  /// A text.
  var text: String? { value as? String }
  /// A number.
  var number: Double? { (value as? NSNumber)?.doubleValue }
  /// A whole number.
  var integer: Int? { number.flatMap { Int(exactly: $0) } }

  /// Whether it is a list.
  var isList: Bool { value is [Any] }
  /// Whether it is an object.
  var isObject: Bool { value is [String: Any] }
  /// Whether there is nothing, or `null`.
  var isMissing: Bool { value == nil || value is NSNull }
}
