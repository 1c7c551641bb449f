import CSandbox
import CSeccomp
import Foundation
import JourneymanSupport

/// The system calls a build may not make, compiled by libseccomp. Everything else is allowed: a build runs compilers,
/// package managers and test suites that nobody can list.
struct SystemCallFilter: Sendable {
  /// The program, an array of `struct sock_filter`.
  let program: [UInt8]

  /// The filter of strict and basic sandboxes; compiled once.
  static let standard = Result { () throws(SandboxError) in try SystemCallFilter() }

  /// Refused with EPERM: what would change the sandbox, load code into the kernel, reach other processes through it,
  /// or has a record of kernel holes and no place in a build.
  static let refused = [
    // the mount family
    "mount", "umount", "umount2", "pivot_root", "move_mount", "open_tree", "open_tree_attr", "fsopen", "fsconfig",
    "fsmount", "fspick", "mount_setattr", "quotactl", "quotactl_fd", "swapon", "swapoff",
    // namespaces, besides the flags of clone
    "setns", "unshare",
    // keyrings
    "keyctl", "add_key", "request_key",
    // the kernel itself
    "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "create_module",
    "reboot", "syslog", "acct", "lookup_dcookie", "nfsservctl", "vm86", "vm86old", "modify_ldt", "iopl", "ioperm",
    "fanotify_init", "open_by_handle_at",
    // the clock
    "settimeofday", "stime", "clock_settime", "clock_settime64", "adjtimex", "clock_adjtime", "clock_adjtime64",
    // other processes; ptrace itself stays, for debuggers and sanitizers: it reaches the build's own processes only
    "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd", "migrate_pages", "move_pages",
  ]

  /// Masks and values that together are the socket families 3 to 15 without 10. What stays is UNIX (1), IPv4 (2), IPv6
  /// (10) and netlink (16), which lists interfaces; what is above 16 is refused too, virtual machine sockets among it.
  private static let refusedFamilies: [(mask: UInt64, family: UInt64)] = [
    (0xFFFF_FFFF, 3), (0xFFFF_FFFC, 4), (0xFFFF_FFFE, 8), (0xFFFF_FFFF, 11), (0xFFFF_FFFC, 12),
  ]

  private init() throws(SandboxError) {
    guard let context = seccomp_init(journeyman_seccomp_allow) else { throw Self.failure(ENOMEM) }
    defer { seccomp_release(context) }
    #if arch(x86_64)
      try Self.check(seccomp_arch_add(context, UInt32(SCMP_ARCH_X86)), except: EEXIST)
    #endif
    // A balanced tree instead of a list: system calls of a build go through this.
    _ = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2)

    for name in Self.refused { try Self.refuse(context, name, EPERM) }
    // No new namespaces by clone; clone3 takes its flags from memory that a filter cannot read, so it does not exist.
    let namespaces: UInt64 = 0x7E02_0000
    for bit in 0..<64 where namespaces & (1 << UInt64(bit)) != 0 {
      let flag: UInt64 = 1 << UInt64(bit)
      try Self.refuse(
        context, "clone", EPERM, scmp_arg_cmp(arg: 0, op: SCMP_CMP_MASKED_EQ, datum_a: flag, datum_b: flag))
    }
    try Self.refuse(context, "clone3", ENOSYS)
    // The kernel looks at the lower half of the request only.
    for request: UInt64 in [0x5412 /* TIOCSTI */, 0x541C /* TIOCLINUX */] {
      try Self.refuse(
        context, "ioctl", EPERM,
        scmp_arg_cmp(arg: 1, op: SCMP_CMP_MASKED_EQ, datum_a: 0xFFFF_FFFF, datum_b: request))
    }
    for (mask, family) in Self.refusedFamilies {
      try Self.refuse(
        context, "socket", EAFNOSUPPORT,
        scmp_arg_cmp(arg: 0, op: SCMP_CMP_MASKED_EQ, datum_a: mask, datum_b: family))
    }
    try Self.refuse(
      context, "socket", EAFNOSUPPORT, scmp_arg_cmp(arg: 0, op: SCMP_CMP_GT, datum_a: 16, datum_b: 0))
    program = try Self.export(context)
  }

  private static func refuse(
    _ context: scmp_filter_ctx, _ name: String, _ error: Int32, _ comparison: scmp_arg_cmp? = nil
  ) throws(SandboxError) {
    let number = seccomp_syscall_resolve_name(name)
    // A name that this libseccomp does not know cannot be called by number through a filter that it compiles either.
    if number == __NR_SCMP_ERROR { return }
    let action = journeyman_seccomp_refuse(UInt16(error))
    let comparisons = comparison.map { [$0] } ?? []
    let outcome = comparisons.withUnsafeBufferPointer {
      seccomp_rule_add_array(context, action, number, UInt32($0.count), $0.baseAddress)
    }
    // The call does not exist on this architecture.
    try check(outcome, except: EDOM)
  }

  private static func export(_ context: scmp_filter_ctx) throws(SandboxError) -> [UInt8] {
    let number = sandbox_memfd("filter")
    if number < 0 { throw failure(errno) }
    let file = OwnedDescriptor(taking: number)
    try check(seccomp_export_bpf(context, file.number))
    var bytes = [UInt8](repeating: 0, count: Int(lseek(file.number, 0, SEEK_END)))
    if pread(file.number, &bytes, bytes.count, 0) != bytes.count { throw failure(EIO) }
    return bytes
  }

  private static func check(_ outcome: Int32, except harmless: Int32 = 0) throws(SandboxError) {
    if outcome != 0 && outcome != -harmless { throw failure(-outcome) }
  }

  private static func failure(_ number: Int32) -> SandboxError {
    let error = SystemError("compile the system call filter", number: number)
    return SandboxError(.unsupported, "\(error); is libseccomp complete?", underlying: error)
  }
}
