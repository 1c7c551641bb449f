/// `[sandbox]`: how commands of builds are isolated.
public struct SandboxSettings: Codable, Sendable, Equatable {
  /// How much is promised.
  public enum Mode: String, Codable, Sendable, CaseIterable {
    /// Namespaces, a root of its own, seccomp, Landlock and limits.
    case strict
    /// seccomp, Landlock and limits without namespaces.
    case basic
    /// A plain process group.
    case off
  }

  /// How a build sees the system's directories.
  public enum System: String, Codable, Sendable, CaseIterable {
    /// Writable through a layer that is thrown away.
    case overlay
    /// Read-only.
    case readonly
  }

  /// How long a build's home directory lives.
  public enum Home: String, Codable, Sendable, CaseIterable {
    /// As long as the build.
    case build
    /// As long as the project: package manager caches carry over to the next build.
    case project
  }

  /// How much is promised.
  public var mode = Mode.strict
  /// How a build sees the system's directories.
  public var system = System.overlay
  /// Whether commands may use the network.
  public var network = true
  /// How long a build's home directory lives.
  public var home = Home.build
  /// Memory of all processes of a build together, in bytes.
  public var memory: Int64?
  /// How many processes and threads a build may have at once.
  public var processes: Int64?
  /// The share of processor time in cores, such as 1.5.
  public var cpu: Double?
  /// The largest file a command may write, in bytes.
  public var fileSize: Int64?
  /// How many files one process may have open.
  public var openFiles: Int64?
  /// What a build may write to disk in total, in bytes.
  public var disk: Int64?
  /// What the commands of a build may print in total, in bytes; more ends the build.
  public var output: Int64?
  /// Further host paths a build can read.
  public var readOnly: [String] = []
  /// Host paths a build can write.
  public var writable: [String] = []
  /// Host paths a build cannot see.
  public var hidden: [String] = []

  /// The defaults.
  public init() {}
}
