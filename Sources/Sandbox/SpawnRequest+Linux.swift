import CSandbox
import Foundation
import JourneymanSupport

/// Everything the C part needs to start a process.
struct SpawnRequest: Sendable {
  var executable: String
  /// All of `argv`, the program's own name first.
  var arguments: [String]
  /// Entries such as `PATH=/usr/bin`.
  var environment: [String]
  var directory: String?
  var standardInput: Int32?
  var standardOutput: Int32?
  var standardError: Int32?
  /// Descriptors that become 3, 4, … in this order.
  var passing: [Int32] = []
  /// `CLONE_NEW*` flags.
  var namespaces: UInt64 = 0
  var newSession = true
  var diesWithParent = true
  /// A mask of the capabilities of a new user namespace that the process keeps.
  var keptCapabilities: UInt64 = 0
  var user: UserIdentity?
  var limits: [ResourceLimit] = []
  /// Open `cgroup.procs` files the process adds itself to.
  var cgroups: [Int32] = []

  /// Starts the process on the calling thread, which waits until the program is executed.
  func start() throws(SandboxError) -> (processID: Int32, pidfd: Int32) {
    for text in [executable] + arguments + environment + [directory ?? ""] where text.utf8.contains(0) {
      throw SandboxError(.cannotExecute, "cannot start \(executable): an argument or variable contains a NUL byte")
    }
    let argv = CStrings(arguments)
    let envp = CStrings(environment)
    let texts = CStrings([executable, directory ?? ""])
    let cLimits = limits.map {
      sandbox_limit(resource: $0.resource, value: rlimit(rlim_cur: $0.bound, rlim_max: $0.bound))
    }
    var child = sandbox_child()
    let started = passing.withUnsafeBufferPointer { passed in
      cLimits.withUnsafeBufferPointer { limits in
        cgroups.withUnsafeBufferPointer { cgroups in
          (user?.groups ?? []).withUnsafeBufferPointer { groups in
            var request = sandbox_spawn()
            request.path = UnsafePointer(texts.pointers[0])
            request.arguments = UnsafePointer(argv.pointers)
            request.environment = UnsafePointer(envp.pointers)
            request.directory = directory == nil ? nil : UnsafePointer(texts.pointers[1])
            request.stdio = (standardInput ?? -1, standardOutput ?? -1, standardError ?? -1)
            request.passed = passed.baseAddress
            request.passed_count = passed.count
            request.namespaces = namespaces
            request.new_session = newSession
            request.dies_with_parent = diesWithParent
            request.kept_capabilities = keptCapabilities
            if let user {
              request.change_user = true
              request.user = user.user
              request.group = user.group
            }
            request.groups = groups.baseAddress
            request.group_count = groups.count
            request.limits = limits.baseAddress
            request.limit_count = limits.count
            request.cgroups = cgroups.baseAddress
            request.cgroup_count = cgroups.count
            request.ruleset = -1
            return sandbox_spawn(&request, &child) == 0
          }
        }
      }
    }
    if !started { throw failure(of: child) }
    return (child.pid, child.pidfd)
  }

  private func failure(of child: sandbox_child) -> SandboxError {
    let error = SystemError(String(cString: sandbox_stage_phrase(child.stage)), number: child.error)
    return SpawnFailure.explained(
      stage: child.stage, error, executable: executable, directory: directory ?? "/",
      user: String(user?.user ?? geteuid()))
  }
}

/// One bound of `setrlimit(2)`, soft and hard alike.
struct ResourceLimit: Sendable, Hashable {
  /// `RLIMIT_…`
  var resource: Int32
  var bound: UInt
}
