import Foundation
import TestSupport
import Testing

@testable import JourneymanSandbox

/// System calls that would change the sandbox or reach the kernel's rarer parts.
@Suite(.takingTurns, .timeLimit(.minutes(30)))
struct KernelAttacks {
  /// A Python script that calls the kernel by number; `call` raises OSError with the errno.
  private func python(_ body: String) -> String {
    """
    python3 - <<'E'
    import ctypes, os, platform, struct, sys, fcntl, socket, pty
    libc = ctypes.CDLL(None, use_errno=True)
    arm = platform.machine() == "aarch64"
    def call(x86, arm64, *arguments):
      number = arm64 if arm else x86
      result = libc.syscall(ctypes.c_long(number), *[a if isinstance(a, bytes) else ctypes.c_long(a) for a in arguments])
      if result < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
      return result
    \(body)
    E
    """
  }

  @Test func `mount a file system`() async throws {
    try await Attack(
      wall: .seccomp, otherWalls: [.capabilities, .landlock], script: "mkdir -p @W/m && mount -t tmpfs none @W/m"
    ).expectRepelled()
  }

  @Test func `mount a file system without a filter`() async throws {
    try await Attack(
      wall: .capabilities, otherWalls: [.seccomp, .landlock], script: "mkdir -p @W/m && mount -t tmpfs none @W/m"
    ).expectRepelled()
  }

  @Test func `remount the kernel's settings writable`() async throws {
    try await Attack(
      wall: .seccomp, otherWalls: [.capabilities, .landlock], script: "mount -o remount,bind,rw /proc/sys"
    ).expectRepelled()
  }

  @Test func `find the kernel's switches in sys`() async throws {
    let script = "[ -e /sys/kernel/mm ] || [ -e /sys/class ] || [ -e /.host/sys/kernel/mm ]"
    try await Attack(wall: .ownRoot, script: script).expectRepelled()
  }

  @Test func `write to proc sys`() async throws {
    try await Attack(
      wall: .readOnlyKernelSettings, otherWalls: [.capabilities], script: "echo 1 > /proc/sys/net/ipv4/ip_forward"
    ).expectRepelled { policy, _ in policy.network = false }
  }

  @Test func `a nested user namespace by unshare`() async throws {
    try await Attack(wall: .seccomp, otherWalls: [.nestedNamespaceLimit], script: "unshare --user true")
      .expectRepelled()
  }

  @Test func `a nested user namespace without a filter`() async throws {
    try await Attack(wall: .nestedNamespaceLimit, otherWalls: [.seccomp], script: "unshare --user true")
      .expectRepelled()
  }

  @Test func `a nested user namespace by clone`() async throws {
    let script = python(
      """
      pid = call(56, 220, 0x10000000 | 17, 0, 0, 0, 0)
      if pid == 0: os._exit(0)
      sys.exit(os.waitpid(pid, 0)[1])
      """)
    try await Attack(wall: .seccomp, otherWalls: [.nestedNamespaceLimit], script: script).expectRepelled()
  }

  @Test func `a nested user namespace by clone3`() async throws {
    let script = python(
      """
      arguments = struct.pack("8Q", 0x10000000, 0, 0, 0, 17, 0, 0, 0)
      pid = call(435, 435, arguments, len(arguments))
      if pid == 0: os._exit(0)
      sys.exit(os.waitpid(pid, 0)[1])
      """)
    try await Attack(wall: .seccomp, otherWalls: [.nestedNamespaceLimit], script: script).expectRepelled()
  }

  @Test func `enter a namespace by setns`() async throws {
    let script = python("call(308, 268, os.open('/proc/self/ns/uts', os.O_RDONLY), 0)")
    try await Attack(wall: .seccomp, otherWalls: [.capabilities], script: script).expectRepelled()
  }

  @Test func `load a bpf program`() async throws {
    let script = python(
      """
      attributes = struct.pack("IIII", 2, 4, 4, 1) + bytes(112)
      call(321, 280, 0, attributes, len(attributes))
      """)
    try await Attack(
      wall: .seccomp, otherWalls: [.userNamespace, .ownUserRange, .capabilities], script: script,
      cannotProve: Unprovable.needsRoot
    ).expectRepelled()
  }

  @Test func `add a key to a kernel keyring`() async throws {
    let script = python("call(248, 217, b'user\\0', b'journeyman\\0', b'x', 1, -2)")
    try await Attack(wall: .seccomp, script: script).expectRepelled()
  }

  @Test func `list the kernel's keys`() async throws {
    try await Attack(wall: .readOnlyKernelSettings, script: "grep -q . /proc/key-users").expectRepelled()
  }

  @Test func `open a performance counter`() async throws {
    let script = python(
      """
      attributes = struct.pack("IIQQQQQ", 1, 120, 1, 0, 0, 0, 0b1100000) + bytes(72)
      call(298, 241, attributes, 0, -1, -1, 0)
      """)
    try await Attack(wall: .seccomp, script: script).expectRepelled()
  }

  @Test func `set up an io_uring`() async throws {
    let script = python("parameters = bytes(120); call(425, 425, 1, parameters)")
    try await Attack(wall: .seccomp, script: script).expectRepelled()
  }

  @Test func `handle page faults by userfaultfd`() async throws {
    try await Attack(wall: .seccomp, script: python("call(323, 282, 1)")).expectRepelled()
  }

  @Test func `push characters into a terminal by TIOCSTI`() async throws {
    // The kernel may refuse by itself, with another error: what counts is whether the request reaches it.
    let script = python(
      """
      os.setsid()
      _, terminal = pty.openpty()
      fcntl.ioctl(terminal, 0x540E, 0)
      try: fcntl.ioctl(terminal, 0x5412, b"x")
      except OSError as error: sys.exit(error.errno == 1)
      """)
    try await Attack(wall: .seccomp, script: script).expectRepelled()
  }

  @Test func `push characters into a terminal with a dressed-up request`() async throws {
    // The kernel reads the lower half of the request only.
    let script = python(
      """
      os.setsid()
      _, terminal = pty.openpty()
      fcntl.ioctl(terminal, 0x540E, 0)
      try: call(16, 29, terminal, 0x5412 | 1 << 40, b"x")
      except OSError as error: sys.exit(error.errno == 1)
      """)
    try await Attack(wall: .seccomp, script: script).expectRepelled()
  }

  @Test func `reach the hypervisor by a vsock`() async throws {
    // Whether the kernel has the family or not, the filter's word is EAFNOSUPPORT; without it, this kernel's own.
    let script = python("socket.socket(40, socket.SOCK_STREAM)")
    let hasFamily = socket(40, Int32(SOCK_STREAM.rawValue), 0)
    if hasFamily >= 0 { close(hasFamily) }
    try await Attack(
      wall: .seccomp, script: script,
      cannotProve: hasFamily >= 0 ? nil : "this kernel has no virtual machine sockets"
    ).expectRepelled()
  }

  @Test func `set the clock`() async throws {
    // To the time it is, so that the proof changes nothing.
    let script = python("call(227, 112, 0, struct.pack('qq', int(__import__('time').time()), 0))")
    try await Attack(
      wall: .seccomp, otherWalls: [.userNamespace, .ownUserRange, .capabilities], script: script,
      cannotProve: Unprovable.needsRoot
    ).expectRepelled()
  }

  @Test func `change the host name`() async throws {
    try await Attack(wall: .capabilities, script: "hostname changed && [ $(hostname) = changed ]").expectRepelled()
  }

  @Test func `read another process's memory by process_vm_readv`() async throws {
    let script = python(
      """
      target = ctypes.create_string_buffer(8)
      source = ctypes.create_string_buffer(b"CANARY!!")
      local = struct.pack("QQ", ctypes.addressof(target), 8)
      remote = struct.pack("QQ", ctypes.addressof(source), 8)
      call(310, 270, os.getpid(), local, 1, remote, 1, 0)
      """)
    try await Attack(wall: .seccomp, script: script).expectRepelled()
  }
}
