import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanSandbox

/// Reads and writes where a build has no business.
@Suite(.takingTurns, .timeLimit(.minutes(30)))
struct FileAttacks {
  /// Reads a file at its own path, or through what a missing wall leaves open.
  private func reading(_ path: String) -> String { "cat \(path) /.host\(path) 2>/dev/null | grep CANARY" }

  @Test func `read the agent's configuration`() async throws {
    try await Attack(wall: .ownRoot, script: reading("@A/agent/agent.conf")).expectRepelled()
  }

  @Test func `read an identity`() async throws {
    try await Attack(wall: .ownRoot, script: reading("@A/agent/identity")).expectRepelled()
  }

  @Test func `read another build's workspace`() async throws {
    try await Attack(wall: .ownRoot, script: reading("@A/other/source")).expectRepelled()
  }

  @Test func `read the home directory of the agent's user`() async throws {
    try await Attack(wall: .ownRoot, script: reading("@A/home/.ssh/id")).expectRepelled()
  }

  @Test func `escape by chroot and dot-dot`() async throws {
    let script = """
      mkdir -p @W/jail && python3 - <<'E'
      import os, sys
      here = os.open("/", os.O_RDONLY)
      os.chroot("@W/jail")
      os.fchdir(here)
      for _ in range(64): os.chdir("..")
      os.chroot(".")
      for path in ("@A/agent/agent.conf", "/.host@A/agent/agent.conf"):
        try: sys.exit("CANARY" not in open(path).read())
        except OSError: pass
      sys.exit(1)
      E
      """
    try await Attack(wall: .ownRoot, script: script).expectRepelled()
  }

  @Test func `read a hidden directory below a visible one`() async throws {
    try await Attack(wall: .hiddenPaths, script: "grep CANARY @A/tools/private/token").expectRepelled { policy, arena in
      policy.mounts.append(.init(source: arena.path + "/tools", access: .readOnly))
      policy.hidden = [arena.path + "/tools/private"]
    }
  }

  @Test func `read what only root may read in etc`() async throws {
    let canary = "/etc/journeyman-canary-\(UInt32.random(in: 0 ... .max))"
    if geteuid() == 0 { try FileSystem.writeAtomically(Array("CANARY".utf8), to: canary, mode: 0o600) }
    defer { unlink(canary) }
    try await Attack(
      wall: .hiddenSecrets, script: "grep CANARY \(canary)", cannotProve: Unprovable.needsRoot
    ).expectRepelled()
  }

  @Test func `read the password hashes`() async throws {
    // A generated file is there for tools that add users; no entry of it has a hash.
    try await Attack(
      wall: .hiddenSecrets, script: "test -r /etc/shadow && ! grep -q ':19000:0:99999:7:::$' /etc/shadow",
      cannotProve: Unprovable.needsRoot
    ).expectRepelled()
  }

  @Test func `write to the system so that it reaches the machine`() async throws {
    let name = "/usr/local/journeyman-canary-\(UInt32.random(in: 0 ... .max))"
    defer { unlink(name) }
    try await Attack(
      wall: .readOnlySystem, otherWalls: [.ownUserRange, .landlock], script: "echo x > \(name)",
      succeeded: { _ in access(name, F_OK) == 0 }, cannotProve: Unprovable.needsRoot
    ).expectRepelled { policy, _ in policy.system = .readonly }
  }

  @Test func `change the directory that a private view was made of`() async throws {
    try await Attack(
      wall: .privateLayer, script: "echo changed > @A/project/source",
      succeeded: { $0.read("project/source") == "changed\n" }
    ).expectRepelled { policy, arena in
      policy.workspaces = [.init(source: arena.path + "/project", view: .overlay)]
    }
  }

  @Test func `rewrite the mirror through a link`() async throws {
    try await Attack(
      wall: .readOnlyMounts, otherWalls: [.landlock, .ownUserRange],
      script: "ln -s @A/mirror/objects @W/link && echo rewritten > @W/link",
      succeeded: { $0.read("mirror/objects") == "rewritten\n" }
    ).expectRepelled { policy, arena in
      policy.mounts.append(.init(source: arena.path + "/mirror", access: .readOnly))
    }
  }

  @Test func `write to the mirror in spite of a writable mount`() async throws {
    try await Attack(
      wall: .landlock, otherWalls: [.readOnlyMounts, .ownUserRange], script: "echo rewritten > /mirror/objects",
      succeeded: { $0.read("mirror/objects") == "rewritten\n" }
    ).expectRepelled { policy, arena in
      policy.mounts.append(.init(source: arena.path + "/mirror", path: "/mirror", access: .readOnly))
    }
  }

  private func inProject(_ policy: inout SandboxPolicy, _ arena: Arena) {
    policy.workspaces = [.init(source: arena.path + "/project", view: .userDirectory)]
  }

  @Test func `plant a hook in the user's repository`() async throws {
    try await Attack(
      wall: .readOnlyGit, script: "echo evil > @A/project/.git/hooks/pre-commit",
      succeeded: { $0.read("project/.git/hooks/pre-commit") != nil }
    ).expectRepelled(inProject)
  }

  @Test func `set core fsmonitor in the user's repository`() async throws {
    try await Attack(
      wall: .readOnlyGit, script: "echo 'fsmonitor = evil' >> @A/project/.git/config",
      succeeded: { $0.read("project/.git/config")?.contains("evil") == true }
    ).expectRepelled(inProject)
  }

  @Test func `replace the repository's git directory by a rename`() async throws {
    try await Attack(
      wall: .readOnlyGit, script: "cd @A/project && mv .git old && mkdir .git && echo evil > .git/config",
      succeeded: { $0.read("project/.git/config")?.contains("evil") == true }
    ).expectRepelled(inProject)
  }

  @Test func `leave a setuid program of root's`() async throws {
    try await Attack(
      wall: .ownUserRange, script: "cp /bin/true @W/true && chmod 4755 @W/true",
      succeeded: { arena in
        var status = stat()
        return stat(arena.path + "/workspace/true", &status) == 0 && status.st_uid == 0 && status.st_mode & S_ISUID != 0
      }, cannotProve: Unprovable.needsRoot
    ).expectRepelled()
  }

  @Test func `open a device of the machine`() async throws {
    let script = "mknod @W/null c 1 3 && echo x > @W/null"
    try await Attack(
      wall: .noDeviceMounts, otherWalls: [.userNamespace, .ownUserRange, .capabilities, .landlock, .seccomp],
      script: script, cannotProve: Unprovable.needsRoot
    ).expectRepelled()
  }

  @Test func `make a device node`() async throws {
    try await Attack(
      wall: .userNamespace, otherWalls: [.ownUserRange, .capabilities, .landlock, .seccomp, .noDeviceMounts],
      script: "mknod @W/disk b 8 0", cannotProve: Unprovable.needsRoot
    ).expectRepelled()
  }

  @Test func `read the shared memory files of the machine`() async throws {
    let name = "/dev/shm/journeyman-canary-\(UInt32.random(in: 0 ... .max))"
    try FileSystem.writeAtomically(Array("CANARY".utf8), to: name)
    defer { unlink(name) }
    try await Attack(wall: .ownRoot, script: reading(name)).expectRepelled()
  }
}
