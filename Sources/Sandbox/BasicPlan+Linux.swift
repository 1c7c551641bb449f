import CSandbox
import Foundation

/// Makes the plan of a sandbox without namespaces: what can be forbidden to each command, and an init that adopts
/// orphans.
struct BasicPlan {
  private(set) var plan = SetupPlan()

  /// Where a build may read, besides its own places.
  private static let readable = [
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/var", "/proc", "/sys", "/dev",
    "/run/systemd/resolve", "/nix", "/gnu",
  ]

  /// - Parameters:
  ///   - scratch: the sandbox's private directory.
  ///   - workspaces: where the workspaces really are.
  init(
    _ policy: SandboxPolicy, scratch: String?, workspaces: [String], hard: Set<ControlGroup.Controller>,
    durable: [SetupStep]
  ) throws(SandboxError) {
    plan.steps += durable
    plan.steps.append(SetupStep(SANDBOX_STEP_SUBREAPER))
    if policy.mode == .off { return }
    for limit in ProcessLimits(policy, hard: hard).resourceLimits {
      var step = SetupStep(SANDBOX_STEP_LIMIT, number: UInt64(limit.bound))
      step.flags = UInt32(limit.resource)
      plan.steps.append(step)
    }
    if !policy.removed.contains(.capabilities) && geteuid() == 0 {
      // Init keeps what it takes to become other users and to end their processes.
      let kept: UInt64 = 1 << 5 /* KILL */ | 1 << 6 /* SETGID */ | 1 << 7 /* SETUID */
      plan.steps.append(SetupStep(SANDBOX_STEP_CAPABILITIES, flags: [SANDBOX_FLAG_IN_COMMANDS], number: kept))
    }
    if !policy.removed.contains(.landlock) { try addLandlock(policy, scratch, workspaces) }
    if !policy.removed.contains(.seccomp) {
      var step = SetupStep(SANDBOX_STEP_SECCOMP, flags: [SANDBOX_FLAG_IN_COMMANDS])
      step.second = try SystemCallFilter.standard.get().program
      plan.steps.append(step)
    }
  }

  private mutating func addLandlock(
    _ policy: SandboxPolicy, _ scratch: String?, _ workspaces: [String]
  ) throws(SandboxError) {
    let rules = LandlockRules()
    if !rules.isUsable {
      throw SandboxError(
        .unsupported,
        "the basic sandbox needs Landlock of version 2 (Linux 5.19) or later, and this kernel has version"
          + " \(rules.version): boot with lsm=landlock,…, or set sandbox.mode = off to build without protection")
    }
    var begin = SetupStep(SANDBOX_STEP_LANDLOCK_BEGIN, number: rules.handled)
    begin.flags = rules.scopes
    plan.steps.append(begin)
    let hidden = policy.removed.contains(.hiddenPaths) ? [] : policy.hidden
    for path in Self.readable.flatMap({ HiddenPaths.visible(in: $0, without: hidden) }) {
      allow(path, rules.read)
    }
    for path in ["/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx", "/dev/pts", "/dev/shm", "/proc"] {
      allow(path, rules.devices)
    }
    for path in workspaces { allow(path, rules.write) }
    // Much of what builds run knows no other place for temporary files; TMPDIR names a private one.
    for path in ["/tmp", "/var/tmp"] where !hidden.contains(where: { $0.hasPrefix(path + "/") }) {
      allow(path, rules.write)
    }
    for mount in policy.mounts { allow(mount.source, mount.access == .readOnly ? rules.read : rules.write) }
    if let scratch { allow(scratch, rules.write) }
    plan.steps.append(SetupStep(SANDBOX_STEP_LANDLOCK_ENFORCE, flags: [SANDBOX_FLAG_IN_COMMANDS]))
  }

  private mutating func allow(_ path: String, _ accesses: UInt64) {
    plan.steps.append(SetupStep(SANDBOX_STEP_LANDLOCK_ALLOW, path, flags: [SANDBOX_FLAG_OPTIONAL], number: accesses))
  }
}

/// Landlock allows whole trees only: what surrounds a hidden path is allowed piece by piece.
enum HiddenPaths {
  /// The largest trees beneath `root` that contain none of the hidden paths.
  static func visible(in root: String, without hidden: [String]) -> [String] {
    if hidden.contains(where: { root == $0 || root.hasPrefix($0 + "/") }) { return [] }
    if !hidden.contains(where: { $0.hasPrefix(root + "/") }) { return [root] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    return names.sorted().flatMap { visible(in: root + "/" + $0, without: hidden) }
  }
}
