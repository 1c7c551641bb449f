/// What a build may see, write, reach and use. A value: it can be printed, compared, and stored as JSON.
public struct SandboxPolicy: Sendable, Hashable, Codable, CustomStringConvertible {
  /// How much isolation there is.
  public enum Mode: String, Sendable, Hashable, Codable, CaseIterable {
    /// Namespaces, a root directory of its own, a system call filter, Landlock, limits. Nothing survives its end.
    case strict
    /// A system call filter, Landlock and limits, in the machine's own file system. The end is a sweep of effort.
    case basic
    /// A plain process.
    case off
  }

  /// How the machine's system directories (`/usr`, `/etc`, `/var`, `/opt`) appear in a strict sandbox.
  public enum System: String, Sendable, Hashable, Codable, CaseIterable {
    /// Writable, with changes kept apart and thrown away at the end, so that packages can be installed.
    case overlay
    /// Read-only.
    case readonly
  }

  /// A directory of the machine that the build works in.
  public struct Workspace: Sendable, Hashable, Codable {
    /// How the build gets it.
    public enum View: String, Sendable, Hashable, Codable {
      /// Changes go to a private layer; the directory stays as it was.
      case overlay
      /// Changes go to the directory, which belongs to the agent: as root its files are given to the builds' user ids.
      case agentDirectory
      /// Changes go to the directory, which belongs to a user: nothing in it changes its owner, and `.git` is
      /// read-only.
      case userDirectory
    }

    /// The directory on the machine, absolute.
    public var source: String
    /// Where the build sees it, absolute.
    public var path: String
    /// How the build gets it.
    public var view: View

    /// Describes a workspace; `path` is where `source` is unless given.
    public init(source: String, path: String? = nil, view: View) {
      self.source = source
      self.path = path ?? source
      self.view = view
    }
  }

  /// A further directory or file of the machine that the build sees.
  public struct Mount: Sendable, Hashable, Codable {
    /// What the build may do there, and whose it is.
    public enum Access: String, Sendable, Hashable, Codable {
      /// Read and execute.
      case readOnly
      /// Write; it belongs to the agent (caches, build homes): as root its files are given to the builds' user ids.
      case writable
      /// Write; it belongs to a user, whose files keep their owner.
      case writableForUser
    }

    /// The directory or file on the machine, absolute.
    public var source: String
    /// Where the build sees it, absolute.
    public var path: String
    /// What the build may do there.
    public var access: Access

    /// Describes a mount; `path` is where `source` is unless given.
    public init(source: String, path: String? = nil, access: Access) {
      self.source = source
      self.path = path ?? source
      self.access = access
    }
  }

  /// Bounds on what a build uses; `nil` is unbounded.
  public struct Limits: Sendable, Hashable, Codable {
    /// Bytes of memory of all processes together.
    public var memory: Int64?
    /// Processes and threads at one time.
    public var processes: Int?
    /// Bytes of one file.
    public var fileSize: Int64?
    /// Open files of one process.
    public var openFiles: Int?
    /// Bytes the build may add in its workspace, temporary files and system changes together.
    public var disk: Int64?
    /// Bytes that must stay free on the file systems the build writes to.
    public var freeSpace: Int64?
    /// Processors' worth of time, such as 1.5.
    public var processors: Double?
    /// Seconds from start to end.
    public var wallSeconds: Double?

    /// Collects bounds.
    public init(
      memory: Int64? = nil, processes: Int? = nil, fileSize: Int64? = nil, openFiles: Int? = nil, disk: Int64? = nil,
      freeSpace: Int64? = nil, processors: Double? = nil, wallSeconds: Double? = nil
    ) {
      self.memory = memory
      self.processes = processes
      self.fileSize = fileSize
      self.openFiles = openFiles
      self.disk = disk
      self.freeSpace = freeSpace
      self.processors = processors
      self.wallSeconds = wallSeconds
    }
  }

  /// How much isolation there is.
  public var mode: Mode
  /// How the system directories appear.
  public var system: System
  /// Whether the build reaches the network; otherwise it has a loopback interface of its own and nothing else.
  public var network: Bool
  /// What the build's machine is called.
  public var hostName: String
  /// The directories the build works in.
  public var workspaces: [Workspace]
  /// Further directories and files: caches, a build home, a mirror.
  public var mounts: [Mount]
  /// Paths that appear empty although a directory above them is visible: the agent's own directories.
  public var hidden: [String]
  /// An empty private directory on disk for changed system files, temporary files and overlays; `nil` keeps them in
  /// memory. It is emptied when the sandbox ends.
  public var scratch: String?
  /// Bounds on what the build uses.
  public var limits: Limits

  /// What is taken away to prove that an attack test can fail. Never stored.
  var removed: Set<Protection> = []

  private enum CodingKeys: String, CodingKey {
    case mode, system, network, hostName, workspaces, mounts, hidden, scratch, limits
  }

  /// Describes a sandbox.
  public init(
    mode: Mode = .strict, system: System = .overlay, network: Bool = true, hostName: String = "build",
    workspaces: [Workspace] = [], mounts: [Mount] = [], hidden: [String] = [], scratch: String? = nil,
    limits: Limits = Limits()
  ) {
    self.mode = mode
    self.system = system
    self.network = network
    self.hostName = hostName
    self.workspaces = workspaces
    self.mounts = mounts
    self.hidden = hidden
    self.scratch = scratch
    self.limits = limits
  }

  /// One line per fact, for a log.
  public var description: String {
    var lines = ["sandbox: \(mode.rawValue)"]
    if mode == .strict {
      lines.append("system: \(system.rawValue)")
      lines.append("network: \(network ? "on" : "off")")
    }
    lines += workspaces.map { "workspace: \($0.path) (\($0.view.rawValue) of \($0.source))" }
    lines += mounts.map { "\($0.access == .readOnly ? "read-only" : "writable"): \($0.path) (\($0.source))" }
    lines += hidden.map { "hidden: \($0)" }
    return lines.joined(separator: "\n")
  }
}

/// One wall of a sandbox, by name, so that a test can take exactly one away.
enum Protection: String, Sendable, Hashable, CaseIterable {
  case userNamespace, ownUserRange, processNamespace, ipcNamespace, networkNamespace, nestedNamespaceLimit
  case ownRoot, privateLayer, readOnlySystem, readOnlyMounts, readOnlyGit, readOnlyKernelSettings
  case hiddenPaths, hiddenSecrets, noSetuidMounts, noDeviceMounts
  case seccomp, landlock, capabilities, noNewPrivileges, notDumpable, privateKeyring
  case processLimit, memoryLimit, fileSizeLimit, diskLimit, coreLimit, openFileLimit
}
