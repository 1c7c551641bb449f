import JourneymanSandbox
import JourneymanSupport

/// The kernel's features that sandboxes use, each tried. What the configured mode cannot do without is a failure, the
/// rest a warning.
enum SandboxCheck {
  static func run(_ settings: SandboxSettings) async -> [Finding] {
    findings(of: await SandboxProbe.run().checks, settings)
  }

  static func findings(of checks: [SandboxProbe.Check], _ settings: SandboxSettings) -> [Finding] {
    let needed = features(neededBy: settings)
    return checks.map { check in
      let status: Finding.Status =
        switch check.verdict {
        case .available: .ok
        case .limited: .warning
        case .missing: needed.contains(check.name) ? .failed : .warning
        }
      return Finding(check.name, status, check.detail, remedy: check.remedy)
    }
  }

  /// The names of ``SandboxProbe`` that builds cannot do without.
  private static func features(neededBy settings: SandboxSettings) -> Set<String> {
    switch settings.mode {
    case .off: return []
    case .basic: return ["journeyman-init", "system call filter", "Landlock", "basic sandbox"]
    case .strict:
      var features: Set<String> = [
        "journeyman-init", "user namespaces", "user ids of builds", "system call filter", "strict sandbox",
      ]
      if settings.system == .overlay { features.insert("overlaid system") }
      if !settings.network { features.insert("network namespace") }
      return features
    }
  }
}
