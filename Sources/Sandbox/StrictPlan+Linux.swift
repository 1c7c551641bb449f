import CSandbox
import Foundation
import JourneymanSupport

/// Makes the plan of a strict sandbox.
struct StrictPlan {
  private let policy: SandboxPolicy
  private let map: UserMap
  private let sources: HostSources
  private let system: HostSystem
  private let landlock = LandlockRules()
  private(set) var plan = SetupPlan()

  /// Where layers are while the sandbox is built.
  /// It covers a directory of the machine that every machine has and no build is shown, and goes with the machine's root.
  private static let scratch = "/.host/proc"
  private static let capabilities: [UInt64] = [
    0 /* CHOWN */, 1 /* DAC_OVERRIDE */, 3 /* FOWNER */, 4 /* FSETID */, 5 /* KILL */, 6 /* SETGID */, 7 /* SETUID */,
    18, /* SYS_CHROOT */
  ]

  /// What init needs to build the sandbox: those, and SETPCAP, NET_ADMIN, SYS_ADMIN, SYS_RESOURCE, MKNOD, SETFCAP.
  static let builderCapabilities: UInt64 = (capabilities + [8, 12, 21, 24, 27, 31]).reduce(0) { $0 | 1 << $1 }

  init(
    _ policy: SandboxPolicy, map: UserMap, sources: HostSources, secrets: SystemSecrets?, durable: DurableDescriptors?,
    hard: Set<ControlGroup.Controller>, filter: SystemCallFilter
  ) throws {
    self.policy = policy
    self.map = map
    self.sources = sources
    system = HostSystem()
    try addIdentity(durable)
    try addScratch()
    try addSystem(secrets)
    addKernelFileSystems()
    addDevices()
    try addMounts()
    addNames()
    if keeps(.ownRoot) { add(SetupStep(SANDBOX_STEP_LEAVE_HOST)) }
    addRestrictions(hard, filter)
  }

  private mutating func add(_ step: SetupStep) { plan.steps.append(step) }
  private func keeps(_ protection: Protection) -> Bool { !policy.removed.contains(protection) }

  /// Flags of every mount that holds files of the machine or of the build.
  private var plain: [sandbox_step_flag] {
    (keeps(.noSetuidMounts) ? [SANDBOX_FLAG_NO_SETUID] : []) + (keeps(.noDeviceMounts) ? [SANDBOX_FLAG_NO_DEVICES] : [])
  }

  private mutating func addIdentity(_ durable: DurableDescriptors?) throws {
    add(SetupStep(SANDBOX_STEP_BECOME_ROOT, flags: map.kind == .single ? [] : [SANDBOX_FLAG_GROUPS]))
    if let durable {
      plan.steps += try durable.steps(sources)
    } else {
      add(SetupStep(SANDBOX_STEP_DIE_WITH_PARENT))
    }
    add(SetupStep(SANDBOX_STEP_HOST_NAME, policy.hostName))
    if !policy.network && keeps(.networkNamespace) { add(SetupStep(SANDBOX_STEP_LOOPBACK_UP)) }
    if keeps(.privateKeyring) { add(SetupStep(SANDBOX_STEP_NEW_KEYRING)) }
    add(SetupStep(SANDBOX_STEP_NEW_ROOT))
  }

  /// The place for changed files: memory, or the caller's directory.
  private mutating func addScratch() throws {
    if !keeps(.processNamespace) {
      add(SetupStep(SANDBOX_STEP_BIND, "/proc", "/.host/proc", flags: [SANDBOX_FLAG_RECURSIVE]))
    }
    if let scratch = policy.scratch {
      add(try sources.show(scratch, at: Self.scratch, translation: .none, recursive: false, flags: plain))
    } else {
      let size = policy.limits.disk.map { ",size=\($0)" } ?? ""
      add(
        SetupStep(
          SANDBOX_STEP_MOUNT, Self.scratch, "tmpfs", third: "mode=0755" + (keeps(.diskLimit) ? size : ""), flags: plain)
      )
    }
    for (name, path, mode) in [
      ("tmp", "/tmp", 0o1777), ("shm", "", 0o1777), ("var-tmp", "", 0o1777), ("home", "/root", 0o700),
    ] {
      add(SetupStep(SANDBOX_STEP_DIRECTORY, "\(Self.scratch)/\(name)", number: UInt64(mode)))
      if !path.isEmpty { add(SetupStep(SANDBOX_STEP_BIND, path, "\(Self.scratch)/\(name)")) }
    }
    for path in ["/home", "/mnt", "/media", "/srv"] {
      add(SetupStep(SANDBOX_STEP_DIRECTORY, path, number: 0o755))
    }
    add(SetupStep(SANDBOX_STEP_MOUNT, "/run", "tmpfs", third: "mode=0755", flags: plain))
    add(SetupStep(SANDBOX_STEP_DIRECTORY, "/run/lock", number: 0o1777))
  }

  private mutating func addSystem(_ secrets: SystemSecrets?) throws {
    for (path, target) in system.links.sorted(by: { $0.key < $1.key }) {
      add(SetupStep(SANDBOX_STEP_LINK, path, target))
    }
    let readOnly = keeps(.readOnlySystem) ? [SANDBOX_FLAG_READ_ONLY] : []
    for path in system.directories {
      if policy.system == .readonly {
        add(try sources.show(path, at: path, translation: .none, flags: plain + readOnly))
      } else {
        // What is mounted below is left out: an overlay shows one file system.
        try addOverlay(of: path, at: path, name: String(path.dropFirst()), translation: .system)
      }
    }
    if let secrets { hide(secrets) }
    add(SetupStep(SANDBOX_STEP_BIND, "/var/tmp", Self.scratch + "/var-tmp", flags: plain))
  }

  private mutating func addOverlay(
    of source: String, at path: String, name: String, translation: HostSources.Translation
  ) throws {
    let lower = "\(Self.scratch)/\(name)-lower"
    let upper = "\(Self.scratch)/\(name)-upper"
    let work = "\(Self.scratch)/\(name)-work"
    // Root makes the copy without what is mounted below; an ordinary user may not separate the two.
    let recursive = map.kind != .ownRange
    add(
      try sources.show(
        source, at: lower, translation: translation, recursive: recursive, flags: plain + [SANDBOX_FLAG_READ_ONLY]))
    add(SetupStep(SANDBOX_STEP_DIRECTORY, upper, number: 0o755))
    add(SetupStep(SANDBOX_STEP_DIRECTORY, work, number: 0o700))
    let options = "lowerdir=\(lower),upperdir=\(upper),workdir=\(work),userxattr"
    add(SetupStep(SANDBOX_STEP_MOUNT, path, "overlay", third: options, flags: plain))
  }

  private mutating func hide(_ secrets: SystemSecrets) {
    for file in secrets.files { add(SetupStep(SANDBOX_STEP_HIDE_FILE, file)) }
    for directory in secrets.directories {
      add(SetupStep(SANDBOX_STEP_MOUNT, directory, "tmpfs", third: "mode=0700,size=16m", flags: plain))
    }
    // Tools that add users expect these; the accounts are there, their passwords are not.
    let users = (try? FileSystem.read("/etc/passwd", limit: 1 << 20)) ?? []
    let groups = (try? FileSystem.read("/etc/group", limit: 1 << 20)) ?? []
    addFile("/etc/shadow", lines(users) { "\($0):*:19000:0:99999:7:::" }, mode: 0o640)
    addFile("/etc/gshadow", lines(groups) { "\($0):*::" }, mode: 0o640)
  }

  private func lines(_ bytes: [UInt8], _ line: (Substring) -> String) -> String {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .compactMap { $0.split(separator: ":").first }.map { line($0) + "\n" }.joined()
  }

  private mutating func addFile(_ path: String, _ content: String, mode: UInt64) {
    var step = SetupStep(SANDBOX_STEP_FILE, path, number: mode)
    step.second = Array(content.utf8)
    add(step)
  }

  private mutating func addKernelFileSystems() {
    let flags = [SANDBOX_FLAG_NO_SETUID, SANDBOX_FLAG_NO_DEVICES, SANDBOX_FLAG_NO_EXECUTE]
    if keeps(.processNamespace) { add(SetupStep(SANDBOX_STEP_MOUNT, "/proc", "proc", flags: flags)) }
    // The limit of the machine itself must not be touched.
    if keeps(.nestedNamespaceLimit) && keeps(.userNamespace) {
      add(SetupStep(SANDBOX_STEP_WRITE, "/proc/sys/user/max_user_namespaces", "0"))
    }
    if keeps(.readOnlyKernelSettings) {
      // Everything else that can be written in /proc belongs to the machine's root, whom no build is.
      add(SetupStep(SANDBOX_STEP_BIND, "/proc/sys", "/proc/sys", flags: flags + [SANDBOX_FLAG_READ_ONLY]))
    }
    let processors = "/sys/devices/system/cpu"
    if access(processors, F_OK) == 0 {
      add(
        SetupStep(
          SANDBOX_STEP_BIND, processors, "/.host" + processors, flags: flags + [SANDBOX_FLAG_READ_ONLY]))
    }
  }

  private mutating func addDevices() {
    add(SetupStep(SANDBOX_STEP_MOUNT, "/dev", "tmpfs", third: "mode=0755,size=1m", flags: [SANDBOX_FLAG_NO_SETUID]))
    for name in ["null", "zero", "full", "random", "urandom", "tty"] {
      add(SetupStep(SANDBOX_STEP_BIND, "/dev/" + name, "/.host/dev/" + name, flags: [SANDBOX_FLAG_NO_SETUID]))
    }
    if keeps(.readOnlyKernelSettings) {
      for name in ["keys", "key-users"]
      where access("/proc/" + name, F_OK) == 0 {
        add(SetupStep(SANDBOX_STEP_BIND, "/proc/" + name, "/.host/dev/null", flags: [SANDBOX_FLAG_READ_ONLY]))
      }
    }
    for (name, target) in [
      ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
      ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx"),
    ] {
      add(SetupStep(SANDBOX_STEP_LINK, "/dev/" + name, target))
    }
    add(
      SetupStep(
        SANDBOX_STEP_BIND, "/dev/shm", Self.scratch + "/shm", flags: [SANDBOX_FLAG_NO_SETUID, SANDBOX_FLAG_NO_DEVICES]))
    add(
      SetupStep(
        SANDBOX_STEP_MOUNT, "/dev/pts", "devpts", third: "newinstance,ptmxmode=0666,mode=620",
        flags: [SANDBOX_FLAG_NO_SETUID, SANDBOX_FLAG_NO_EXECUTE]))
  }

  /// Where a path of the machine is to be seen in the sandbox; not what is shown by its own name.
  private func appearances(of path: String) -> [String] {
    let shown =
      system.directories.map { (source: $0, path: $0) }
      + policy.workspaces.map { (source: $0.source, path: $0.path) }
      + policy.mounts.map { (source: $0.source, path: $0.path) }
    return shown.compactMap { path.hasPrefix($0.source + "/") ? $0.path + path.dropFirst($0.source.utf8.count) : nil }
  }

  /// An empty directory lies over a hidden one; what is to be seen below it is mounted on top.
  private func hide(_ path: String) -> [(path: String, steps: [SetupStep])] {
    var status = stat()
    if !keeps(.hiddenPaths) || lstat(path, &status) != 0 { return [] }
    let isDirectory = status.st_mode & S_IFMT == S_IFDIR
    return appearances(of: path).map { place in
      let step =
        isDirectory
        ? SetupStep(SANDBOX_STEP_MOUNT, place, "tmpfs", third: "mode=0755,size=16m", flags: plain)
        : SetupStep(SANDBOX_STEP_BIND, place, "/.host/dev/null", flags: [SANDBOX_FLAG_READ_ONLY])
      return (place, [step])
    }
  }

  private mutating func addMounts() throws {
    var steps: [(path: String, steps: [SetupStep])] = []
    for (index, workspace) in policy.workspaces.enumerated() {
      var part = StrictPlan(emptyLike: self)
      try part.addWorkspace(workspace, index: index)
      steps.append((workspace.path, part.plan.steps))
    }
    for mount in policy.mounts {
      let step: SetupStep
      switch mount.access {
      case .readOnly:
        let readOnly = keeps(.readOnlyMounts) ? [SANDBOX_FLAG_READ_ONLY] : []
        // Root's own files stay readable to the build, which is what a mirror or a cache of the agent's is for.
        let translation: HostSources.Translation = readOnly.isEmpty ? .none : .system
        step = try sources.show(mount.source, at: mount.path, translation: translation, flags: plain + readOnly)
      case .writable:
        step = try sources.show(
          mount.source, at: mount.path, translation: try OnDiskOwner.prepare(mount.source, map), flags: plain)
      case .writableForUser:
        step = try sources.show(
          mount.source, at: mount.path, translation: try OnDiskOwner.user(of: mount.source, map), flags: plain)
      }
      steps.append((mount.path, [step]))
    }
    steps += policy.hidden.flatMap { hide($0) }
    // A directory is mounted before what lies in it.
    for (_, part) in steps.sorted(by: { $0.path.utf8.count < $1.path.utf8.count }) { plan.steps += part }
  }

  private init(emptyLike other: StrictPlan) {
    policy = other.policy
    map = other.map
    sources = other.sources
    system = other.system
  }

  private mutating func addWorkspace(_ workspace: SandboxPolicy.Workspace, index: Int) throws {
    switch workspace.view {
    case .overlay where !keeps(.privateLayer):
      let translation = try OnDiskOwner.reader(of: workspace.source, map)
      add(try sources.show(workspace.source, at: workspace.path, translation: translation, flags: plain))
    case .overlay:
      try addOverlay(
        of: workspace.source, at: workspace.path, name: "workspace-\(index)",
        translation: try OnDiskOwner.reader(of: workspace.source, map))
    case .agentDirectory:
      add(
        try sources.show(
          workspace.source, at: workspace.path, translation: try OnDiskOwner.prepare(workspace.source, map),
          flags: plain))
    case .userDirectory:
      let translation = try OnDiskOwner.user(of: workspace.source, map)
      add(try sources.show(workspace.source, at: workspace.path, translation: translation, flags: plain))
      if keeps(.readOnlyGit) && access(workspace.source + "/.git", F_OK) == 0 {
        add(
          try sources.show(
            workspace.source + "/.git", at: workspace.path + "/.git", translation: translation,
            flags: plain + [SANDBOX_FLAG_READ_ONLY]))
      }
    }
  }

  private mutating func addNames() {
    if policy.network, let resolver = system.foreignResolverConfiguration() {
      var step = SetupStep(SANDBOX_STEP_FILE, resolver.path, number: 0o644)
      step.second = resolver.content
      add(step)
    }
  }

  private mutating func addRestrictions(_ hard: Set<ControlGroup.Controller>, _ filter: SystemCallFilter) {
    let limits = ProcessLimits(policy, hard: hard)
    for limit in limits.resourceLimits {
      var step = SetupStep(SANDBOX_STEP_LIMIT, number: UInt64(limit.bound))
      step.flags = UInt32(limit.resource)
      add(step)
    }
    if keeps(.landlock) && landlock.isUsable { addLandlock() }
    // Nothing after this is forbidden by it, and the right to install it goes next.
    if keeps(.seccomp) {
      // The worker sends the first command while the kernel translates the filter.
      add(SetupStep(SANDBOX_STEP_ANSWER))
      var step = SetupStep(SANDBOX_STEP_SECCOMP)
      step.second = filter.program
      add(step)
    }
    if keeps(.capabilities) {
      add(SetupStep(SANDBOX_STEP_CAPABILITIES, number: Self.capabilities.reduce(0) { $0 | 1 << $1 }))
    }
    if keeps(.noNewPrivileges) { add(SetupStep(SANDBOX_STEP_NO_NEW_PRIVILEGES)) }
    add(SetupStep(SANDBOX_STEP_DUMPABLE, number: keeps(.notDumpable) ? 0 : 1))
  }

  private mutating func addLandlock() {
    var begin = SetupStep(SANDBOX_STEP_LANDLOCK_BEGIN, number: landlock.handled)
    begin.flags = landlock.scopes
    add(begin)
    add(SetupStep(SANDBOX_STEP_LANDLOCK_ALLOW, "/", number: landlock.read))
    var writable = ["/tmp", "/var/tmp", "/root", "/run", "/proc"]
    if policy.system == .overlay { writable += system.directories }
    writable += policy.workspaces.map(\.path)
    writable += policy.mounts.filter { $0.access != .readOnly }.map(\.path)
    for path in writable { add(SetupStep(SANDBOX_STEP_LANDLOCK_ALLOW, path, number: landlock.write)) }
    add(SetupStep(SANDBOX_STEP_LANDLOCK_ALLOW, "/dev", number: landlock.devices))
    add(SetupStep(SANDBOX_STEP_LANDLOCK_ENFORCE))
  }
}
