/// A value that must not reach a log, an error or a file by accident: it prints as `<redacted>` and must be opened
/// explicitly.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let value: String

  /// Wraps a secret value.
  public init(_ value: String) { self.value = value }

  /// The secret itself. Every call is a place to review.
  public func reveal() -> String { value }

  /// Always `<redacted>`.
  public var description: String { "<redacted>" }
  /// Always `<redacted>`.
  public var debugDescription: String { "<redacted>" }
  /// Shows nothing, so that `dump` and failed test expectations do not print the value.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
