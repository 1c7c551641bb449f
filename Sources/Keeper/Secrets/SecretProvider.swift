public import JourneymanSupport

/// A place that one secret value comes from.
public protocol SecretProvider: Sendable {
  /// Fetches the value.
  ///
  /// - Throws: ``SecretError``
  func value() async throws -> Secret
}

/// Makes a secret of the bytes a provider got.
enum SecretText {
  /// The longest value, in bytes: larger than any key or certificate chain, small enough for an environment.
  static let limit = 32 * 1024

  /// Takes one newline off the end, as files and commands have one, and refuses what no variable can hold.
  ///
  /// - Parameter origin: where the bytes come from, for messages.
  static func secret(_ bytes: [UInt8], origin: String) throws(SecretError) -> Secret {
    if bytes.count > limit { throw SecretError(.unusable, "\(origin) gives more than \(limit) bytes") }
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw SecretError(.unusable, "\(origin) gives bytes that are not UTF-8 text; encode them, for example by base64")
    }
    // A Swift Character takes CR LF as one, so that one element is one line ending.
    let value = text.last?.isNewline == true ? String(text.dropLast()) : text
    if value.isEmpty { throw SecretError(.unusable, "\(origin) gives an empty value") }
    return Secret(value)
  }
}
