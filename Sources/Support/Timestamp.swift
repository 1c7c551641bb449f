internal import CLinux
import Foundation

/// A moment in UTC, written as `2026-11-20T23:49:24.123Z` (RFC 3339, always milliseconds) in every file and event.
public struct Timestamp: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  /// Microseconds since 1970-01-01T00:00:00Z.
  public let microseconds: Int64

  /// A moment by its distance from the epoch.
  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// The present moment, by the system's real-time clock.
  public static func now() -> Timestamp {
    Timestamp(microseconds: journeyman_now_microseconds())
  }

  /// Seconds from `earlier` to this moment; negative if it is later.
  public func seconds(since earlier: Timestamp) -> Double {
    Double(microseconds - earlier.microseconds) / 1_000_000
  }

  /// The RFC 3339 form with milliseconds.
  public var description: String {
    var seconds = time_t(microseconds.quotientRoundedDown(by: 1_000_000))
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let fraction = (microseconds - Int64(seconds) * 1_000_000) / 1000
    return
      "\(Self.padded(Int(parts.tm_year) + 1900, 4))-\(Self.padded(Int(parts.tm_mon) + 1, 2))-\(Self.padded(Int(parts.tm_mday), 2))"
      + "T\(Self.padded(Int(parts.tm_hour), 2)):\(Self.padded(Int(parts.tm_min), 2)):\(Self.padded(Int(parts.tm_sec), 2))"
      + ".\(Self.padded(Int(fraction), 3))Z"
  }

  /// Reads the form ``description`` writes, with or without fractions of a second.
  ///
  /// - Returns: `nil` when the text has another form.
  public init?(_ text: String) {
    let whole = text.utf8.prefix(19)
    let separators: [(Int, UInt8)] = [(4, 45), (7, 45), (10, 84), (13, 58), (16, 58)]
    let bytes = Array(whole)
    guard bytes.count == 19, text.hasSuffix("Z"), separators.allSatisfy({ bytes[$0.0] == $0.1 }) else { return nil }
    let numbers = bytes.split { !(48...57).contains($0) }.compactMap { Int32(String(decoding: $0, as: UTF8.self)) }
    let fraction = text.dropFirst(19).dropLast()
    guard numbers.count == 6, fraction.isEmpty || fraction.first == ".",
      let part = fraction.isEmpty ? 0 : Double("0\(fraction)")
    else { return nil }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5])
    microseconds = Int64(timegm(&parts)) * 1_000_000 + Int64((part * 1_000_000).rounded())
  }

  /// Earlier moments first.
  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

  /// Reads the RFC 3339 form.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let value = Timestamp(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an RFC 3339 time in UTC")
    }
    self = value
  }

  /// Writes the RFC 3339 form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

extension Int64 {
  fileprivate func quotientRoundedDown(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
