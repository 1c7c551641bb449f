internal import Foundation
internal import JourneymanSupport

/// A type that is read from the text of one scalar.
protocol TextDecodable {
  /// What a text of this type is called in `expected …`.
  static var expectation: String { get }

  /// - Returns: `nil` if the text is not of this type.
  static func decode(_ scalar: YAMLScalar) -> Self?
}

extension TextDecodable where Self: FixedWidthInteger {
  static var expectation: String { "a whole number from \(Self.min) to \(Self.max)" }

  static func decode(_ scalar: YAMLScalar) -> Self? { Self(scalar.text) }
}

extension Int: TextDecodable {}
extension Int8: TextDecodable {}
extension Int16: TextDecodable {}
extension Int32: TextDecodable {}
extension Int64: TextDecodable {}
extension UInt: TextDecodable {}
extension UInt8: TextDecodable {}
extension UInt16: TextDecodable {}
extension UInt32: TextDecodable {}
extension UInt64: TextDecodable {}

extension String: TextDecodable {
  static var expectation: String { "text" }

  static func decode(_ scalar: YAMLScalar) -> String? { scalar.text }
}

extension Bool: TextDecodable {
  static var expectation: String { "yes or no" }

  static func decode(_ scalar: YAMLScalar) -> Bool? { scalar.flag }
}

extension Double: TextDecodable {
  static var expectation: String { "a number" }

  static func decode(_ scalar: YAMLScalar) -> Double? { Double(scalar.text).flatMap { $0.isFinite ? $0 : nil } }
}

extension Float: TextDecodable {
  static var expectation: String { "a number" }

  static func decode(_ scalar: YAMLScalar) -> Float? { Float(scalar.text).flatMap { $0.isFinite ? $0 : nil } }
}

extension URL: TextDecodable {
  static var expectation: String { "a URL" }

  static func decode(_ scalar: YAMLScalar) -> URL? { URL(string: scalar.text) }
}

extension Duration: TextDecodable {
  static var expectation: String { "a duration such as 90s or 1h30m" }

  static func decode(_ scalar: YAMLScalar) -> Duration? { Duration(humanReadable: scalar.text) }
}
