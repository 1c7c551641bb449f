import Foundation
import TestSupport
import Testing

@testable import JourneymanSandbox

/// Servers on the machine that a build must not reach.
@Suite(.takingTurns, .timeLimit(.minutes(30)))
struct NetworkAttacks {
  private func connecting(_ family: String, _ address: String) -> String {
    """
    python3 - <<'E'
    import socket
    s = socket.socket(socket.\(family), socket.SOCK_STREAM)
    s.settimeout(5)
    s.connect(\(address))
    E
    """
  }

  private func withoutNetwork(_ policy: inout SandboxPolicy, _ arena: Arena) { policy.network = false }

  @Test func `reach IPv4 loopback servers without a network`() async throws {
    try await Attack(wall: .networkNamespace, script: connecting("AF_INET", "('127.0.0.1', @4)"))
      .expectRepelled(withoutNetwork)
  }

  @Test func `reach IPv6 loopback servers without a network`() async throws {
    try await Attack(wall: .networkNamespace, script: connecting("AF_INET6", "('::1', @6)"))
      .expectRepelled(withoutNetwork)
  }

  @Test func `reach abstract sockets without a network`() async throws {
    try await Attack(
      wall: .networkNamespace, otherWalls: [.landlock], script: connecting("AF_UNIX", #"'\0@ABSTRACT'"#)
    ).expectRepelled(withoutNetwork)
  }

  @Test func `reach abstract sockets with a network`() async throws {
    try await Attack(
      wall: .landlock, script: connecting("AF_UNIX", #"'\0@ABSTRACT'"#),
      cannotProve: LandlockRules().version >= 6 ? nil : "this kernel's Landlock does not confine abstract sockets"
    ).expectRepelled()
  }

  @Test func `connect to the agent's socket`() async throws {
    let script = """
      python3 - <<'E'
      import socket, sys
      for path in ("@A/agent/socket", "/.host@A/agent/socket"):
        try:
          socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).connect(path)
          sys.exit(0)
        except OSError: pass
      sys.exit(1)
      E
      """
    try await Attack(wall: .ownRoot, script: script).expectRepelled()
  }

  @Test func `read shared memory segments of others`() async throws {
    try await Attack(wall: .ipcNamespace, script: "ipcs -m -i @SHM | grep -q 'bytes=4096'").expectRepelled()
  }

  @Test func `the loopback of a build without a network works`() async throws {
    let arena = try Arena()
    defer { arena.close() }
    var policy = arena.policy
    policy.network = false
    let sandbox = try await Sandbox.start(policy)
    let script = """
      python3 - <<'E'
      import socket
      for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        s = socket.socket(family); s.bind((address, 0)); s.listen()
        socket.create_connection(s.getsockname()[:2]).close()
      E
      """
    #expect(try await sandbox.run(.shell(script)).status == .exited(0))
    await sandbox.end()
  }
}
