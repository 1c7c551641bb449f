/// Refuses policies that cannot be meant.
enum PolicyCheck {
  static func check(_ policy: SandboxPolicy) throws(SandboxError) {
    let paths =
      policy.workspaces.flatMap { [$0.source, $0.path] } + policy.mounts.flatMap { [$0.source, $0.path] }
      + policy.hidden + (policy.scratch.map { [$0] } ?? [])
    for path in paths {
      let components = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
      if !path.hasPrefix("/") || path.utf8.contains(0) || components.contains("..") || components.contains(".") {
        throw SandboxError(.system, "the sandbox's path \(path) is not an absolute path without . and ..")
      }
    }
    for path in policy.workspaces.map(\.path) + policy.mounts.map(\.path) where reserved.contains(path) {
      throw SandboxError(.system, "\(path) inside the sandbox cannot be replaced by a directory of the machine")
    }
    if policy.hostName.isEmpty || policy.hostName.utf8.count > 64 {
      throw SandboxError(.system, "the sandbox's host name must have 1 to 64 bytes")
    }
  }

  private static let reserved: Set<String> = ["/", "/proc", "/dev", "/sys", "/usr", "/etc", "/var", "/bin", "/lib"]
}
