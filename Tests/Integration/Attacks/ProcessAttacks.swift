import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanSandbox

/// Attacks on other processes, and by processes that will not end.
@Suite(.takingTurns, .timeLimit(.minutes(30)))
struct ProcessAttacks {
  @Test func `see the processes of others`() async throws {
    try await Attack(wall: .processNamespace, script: "grep -q sleep /proc/@V/cmdline").expectRepelled()
  }

  @Test func `read the environment of others`() async throws {
    try await Attack(
      wall: .processNamespace, otherWalls: [.userNamespace, .ownUserRange, .landlock, .capabilities],
      script: "grep -q CANARY /proc/@V/environ", cannotProve: Unprovable.needsRoot
    ).expectRepelled()
  }

  @Test func `enter the root directory of others`() async throws {
    try await Attack(
      wall: .processNamespace, otherWalls: [.userNamespace, .ownUserRange, .landlock, .capabilities],
      script: "grep -q CANARY /proc/@V/root@A/agent/agent.conf", cannotProve: Unprovable.needsRoot
    ).expectRepelled()
  }

  @Test func `trace the agent`() async throws {
    let script = """
      python3 - <<'E'
      import ctypes, sys
      sys.exit(ctypes.CDLL(None).ptrace(0x4206, @V, 0, 0) != 0)
      E
      """
    try await Attack(
      wall: .processNamespace, otherWalls: [.userNamespace, .ownUserRange, .landlock, .capabilities], script: script,
      cannotProve: Unprovable.needsRoot
    ).expectRepelled()
  }

  @Test func `kill the agent`() async throws {
    try await Attack(
      wall: .processNamespace, otherWalls: [.ownUserRange, .landlock], script: "kill -9 @V",
      succeeded: { arena in
        for _ in 0..<50 where arena.victimLives { usleep(10_000) }
        return !arena.victimLives
      }
    ).expectRepelled()
  }

  @Test func `kill the agent by a signal that Landlock should stop`() async throws {
    try await Attack(
      wall: .landlock, otherWalls: [.ownUserRange, .processNamespace], script: "kill -9 @V",
      succeeded: { arena in
        for _ in 0..<50 where arena.victimLives { usleep(10_000) }
        return !arena.victimLives
      }
    ).expectRepelled()
  }

  @Test func `kill the sandbox's first process`() async throws {
    try await Attack(
      wall: .processNamespace, script: "kill -9 $PPID", breaksSandbox: true
    ).expectRepelled()
  }

  @Test func `reach the control socket through proc`() async throws {
    try await Attack(wall: .notDumpable, script: "readlink /proc/1/fd/3 | grep socket").expectRepelled()
  }

  @Test func `trace the sandbox's first process`() async throws {
    let script = """
      python3 - <<'E'
      import ctypes, sys
      sys.exit(ctypes.CDLL(None).ptrace(0x4206, 1, 0, 0) != 0)
      E
      """
    try await Attack(wall: .notDumpable, script: script).expectRepelled()
  }

  /// A program that holds a lock in the workspace while `body` runs. Where no wall stops it, it lives on until the arena,
  /// and with it the file `started`, is removed; in any case it is done after a while.
  private func daemon(_ body: String = "while runs; do sleep 0.05; done") -> String {
    """
    cat > @W/daemon <<'E'
    end=$(($(date +%s) + 120))
    runs() { [ -e @W/started ] && [ $(date +%s) -lt $end ]; }
    echo yes > @W/started
    \(body)
    E
    setsid flock @W/lock setsid sh @W/daemon >/dev/null 2>&1 &
    while [ ! -s @W/started ]; do sleep 0.02; done
    """
  }

  /// Whether a process of the build still holds the lock.
  private static func holdsLock(_ arena: Arena) -> Bool {
    let lock = open(arena.path + "/workspace/lock", O_RDONLY)
    defer { close(lock) }
    return lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) != 0
  }

  @Test func `survive as a daemon with a session of its own`() async throws {
    try await Attack(wall: .processNamespace, script: daemon(), succeeded: Self.holdsLock).expectRepelled()
  }

  @Test func `survive by forking during the kill sweep`() async throws {
    let forking = """
      (while runs; do (sleep 0.01; true) & sleep 0.01; done) &
      while runs; do sleep 0.02 & wait $!; done
      """
    try await Attack(wall: .processNamespace, script: daemon(forking), succeeded: Self.holdsLock).expectRepelled()
  }

  @Test func `a fork bomb`() async throws {
    // Bounded: it is enough to get far beyond the limit.
    let script = """
      python3 - <<'E'
      import os, sys, time
      for _ in range(150):
        if os.fork() == 0:
          time.sleep(3)
          os._exit(0)
      E
      """
    try await Attack(wall: .processLimit, script: script).expectRepelled { policy, _ in
      policy.limits.processes = 40
    }
  }

  @Test func `a memory bomb`() async throws {
    let script = "python3 -c 'import time; b = bytearray(600 << 20); time.sleep(1.5)'"
    try await Attack(wall: .memoryLimit, script: script).expectRepelled { policy, _ in
      policy.limits.memory = 100 << 20
    }
  }

  @Test func `fill the disk with a real file`() async throws {
    try await Attack(wall: .diskLimit, script: "head -c 40000000 /dev/zero > /tmp/full").expectRepelled { policy, _ in
      policy.limits.disk = 8 << 20
    }
  }

  @Test func `fill the disk with a sparse file`() async throws {
    try await Attack(wall: .fileSizeLimit, script: "truncate -s 1G /tmp/sparse").expectRepelled { policy, _ in
      policy.limits.fileSize = 8 << 20
    }
  }

  @Test func `use up the open files`() async throws {
    let script = "python3 -c 'f = [open(\"/dev/null\") for _ in range(200)]'"
    try await Attack(wall: .openFileLimit, script: script).expectRepelled { policy, _ in
      policy.limits.openFiles = 64
    }
  }

  @Test func `dump core`() async throws {
    var own = rlimit()
    getrlimit(__rlimit_resource_t(UInt32(RLIMIT_CORE.rawValue)), &own)
    try await Attack(
      wall: .coreLimit, script: "[ $(ulimit -H -c) != 0 ]",
      cannotProve: own.rlim_max == 0 ? "this process may not dump core itself" : nil
    ).expectRepelled()
  }

  @Test func `gain the rights of a setuid program`() async throws {
    try await Attack(
      wall: .noSetuidMounts, otherWalls: [.noNewPrivileges],
      preparation: "cp /usr/bin/id /tmp/id && chmod 4755 /tmp/id",
      script: "[ $(/tmp/id -u) = 0 ]", user: "nobody", cannotProve: hasManyUsers ? nil : "there is one user id only"
    ).expectRepelled()
  }

  @Test func `gain the rights of a setuid program on a mount that allows it`() async throws {
    try await Attack(
      wall: .noNewPrivileges, otherWalls: [.noSetuidMounts],
      preparation: "cp /usr/bin/id /tmp/id && chmod 4755 /tmp/id",
      script: "[ $(/tmp/id -u) = 0 ]", user: "nobody", cannotProve: hasManyUsers ? nil : "there is one user id only"
    ).expectRepelled()
  }

  private var hasManyUsers: Bool { (try? UserLease.take().map.kind) != .single }

  @Test func `a flood of zombies does not keep the sandbox from working`() async throws {
    let arena = try Arena()
    defer { arena.close() }
    let sandbox = try await Sandbox.start(arena.policy)
    let flood = """
      python3 - <<'E'
      import os
      for _ in range(1500):
        if os.fork() == 0:
          if os.fork() == 0: os._exit(0)
          os._exit(0)
      E
      """
    #expect(try await sandbox.run(.shell(flood)).status == .exited(0))
    // The first process reaps them in its own time; that none is left in the end is what counts.
    let noneIsLeft = """
      for _ in $(seq 300); do
        grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | grep -q . || exit 0
        sleep 0.1
      done
      exit 1
      """
    #expect(try await sandbox.run(.shell(noneIsLeft)).status == .exited(0))
    await sandbox.end()
  }

  @Test func `only the standard descriptors are open`() async throws {
    let leaked = open("/etc/hostname", O_RDONLY)
    defer { close(leaked) }
    let arena = try Arena()
    defer { arena.close() }
    let sandbox = try await Sandbox.start(arena.policy)
    let script = """
      python3 - <<'E'
      import os
      for number in range(4096):
        try: os.fstat(number)
        except OSError: continue
        print(number)
      E
      """
    let output = try await sandbox.output { .shell(script, output: $0) }
    #expect(output == "0\n1\n2\n")
    await sandbox.end()
  }
}
