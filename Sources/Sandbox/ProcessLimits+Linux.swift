import Foundation

/// The limits of a policy that the kernel keeps for each process (`setrlimit(2)`).
struct ProcessLimits {
  let resourceLimits: [ResourceLimit]

  init(_ policy: SandboxPolicy) {
    var limits: [ResourceLimit] = []
    func add(_ resource: __rlimit_resource, _ bound: Int64?, _ protection: Protection) {
      if let bound, !policy.removed.contains(protection) {
        limits.append(ResourceLimit(resource: Int32(resource.rawValue), bound: UInt(clamping: bound)))
      }
    }
    add(RLIMIT_CORE, 0, .coreLimit)
    add(RLIMIT_FSIZE, policy.limits.fileSize, .fileSizeLimit)
    add(RLIMIT_NOFILE, policy.limits.openFiles.map(Int64.init), .openFileLimit)
    resourceLimits = limits
  }
}
