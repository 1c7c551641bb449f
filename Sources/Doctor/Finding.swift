/// The outcome of one check.
public struct Finding: Sendable, Hashable, Codable {
  /// How good it is.
  public enum Status: String, Sendable, Codable {
    /// As it should be.
    case ok
    /// Something will not work, or not as well as it could.
    case warning
    /// Builds will not work.
    case failed
  }

  /// What was checked, such as `libgit2` or `work directory`.
  public var name: String
  /// How good it is.
  public var status: Status
  /// What was found: a version, a path, or what is wrong.
  public var detail: String
  /// How to mend it; `nil` when there is nothing to mend.
  public var remedy: String?

  /// Describes an outcome.
  public init(_ name: String, _ status: Status, _ detail: String, remedy: String? = nil) {
    self.name = name
    self.status = status
    self.detail = detail
    self.remedy = remedy
  }
}
