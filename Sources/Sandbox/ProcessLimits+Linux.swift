import Foundation

/// The limits of a policy that the kernel keeps for each process (`setrlimit(2)`).
struct ProcessLimits {
  let resourceLimits: [ResourceLimit]

  /// - Parameter hard: what control groups bound already; the others get what comes nearest.
  init(_ policy: SandboxPolicy, hard: Set<ControlGroup.Controller>) {
    var limits: [ResourceLimit] = []
    func add(_ resource: __rlimit_resource, _ bound: Int64?, _ protection: Protection) {
      if let bound, !policy.removed.contains(protection) {
        limits.append(ResourceLimit(resource: Int32(resource.rawValue), bound: UInt(clamping: bound)))
      }
    }
    add(RLIMIT_CORE, 0, .coreLimit)
    add(RLIMIT_FSIZE, policy.limits.fileSize, .fileSizeLimit)
    add(RLIMIT_NOFILE, policy.limits.openFiles.map(Int64.init), .openFileLimit)
    // Programs reserve more than they use; what they use is summed up meanwhile.
    if !hard.contains(.memory) { add(RLIMIT_DATA, policy.limits.memory.map { $0 * 4 }, .memoryLimit) }
    // The count is kept for the user of a user namespace: outside one it would include the agent's own processes. Init
    // is one more.
    if !hard.contains(.pids) && policy.mode == .strict {
      add(__RLIMIT_NPROC, policy.limits.processes.map { Int64($0) + 1 }, .processLimit)
    }
    resourceLimits = limits
  }
}
