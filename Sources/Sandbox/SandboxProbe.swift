/// What this machine can do for sandboxes: one check for each feature of the kernel that they use, by trying it.
public struct SandboxProbe: Sendable {
  /// One feature.
  public struct Check: Sendable, Hashable, Codable {
    /// How well it works.
    public enum Verdict: String, Sendable, Hashable, Codable {
      /// It works.
      case available
      /// There is a weaker substitute.
      case limited
      /// It does not work, and what needs it fails.
      case missing
    }

    /// What is checked, for example `user namespaces`.
    public var name: String
    /// How well it works.
    public var verdict: Verdict
    /// What was found.
    public var detail: String
    /// How to get what is missing; `nil` when nothing is.
    public var remedy: String?

    init(_ name: String, _ verdict: Verdict, _ detail: String, remedy: String? = nil) {
      self.name = name
      self.verdict = verdict
      self.detail = detail
      self.remedy = remedy
    }
  }

  /// The checks, in the order in which the features build on each other.
  public let checks: [Check]

  /// The modes that work on this machine for this user.
  public let modes: [SandboxPolicy.Mode]

  /// Tries everything; takes some tens of milliseconds.
  public static func run() async -> SandboxProbe {
    var checks = [initCheck()]
    checks.append(await userNamespaceCheck())
    checks.append(userIDCheck())
    let strict = await trial(
      "strict sandbox", SandboxPolicy(system: .readonly),
      remedy: "allow user namespaces, or set sandbox.mode = basic")
    checks.append(strict)
    checks.append(
      await trial(
        "network namespace", SandboxPolicy(system: .readonly, network: false),
        remedy: "build the kernel with CONFIG_NET_NS, or leave the network on"))
    let overlay = await trial(
      "overlaid system", SandboxPolicy(system: .overlay),
      remedy: "use a kernel of version 5.19 or later and a file system that can be overlaid and idmapped"
        + " (not one that is itself an overlay, as in containers), or set sandbox.system = readonly")
    checks += [overlay, systemPackagesCheck(overlay: overlay)]
    checks += [systemCallFilterCheck(), landlockCheck()] + limitChecks()
    let basic = await trial(
      "basic sandbox", SandboxPolicy(mode: .basic), remedy: "boot a kernel with Landlock, or set sandbox.mode = off")
    checks.append(basic)
    let modes: [SandboxPolicy.Mode] =
      (strict.verdict == .available ? [.strict] : []) + (basic.verdict == .available ? [.basic] : []) + [.off]
    return SandboxProbe(checks: checks, modes: modes)
  }

  private static func trial(_ name: String, _ policy: SandboxPolicy, remedy: String) async -> Check {
    do {
      let sandbox = try await Sandbox.start(policy)
      let result = try await sandbox.run(Command(executable: "/bin/true"))
      await sandbox.end()
      if result.status == .exited(0) { return Check(name, .available, "a command ran in it") }
      return Check(name, .missing, "a command in it ended with \(result.status)", remedy: remedy)
    } catch {
      return Check(name, .missing, "\(error)", remedy: remedy)
    }
  }
}
