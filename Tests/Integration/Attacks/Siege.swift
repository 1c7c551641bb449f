import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanSandbox

/// One attack on a sandbox: a script that exits 0 when it has got what it wanted.
///
/// It must fail against the whole sandbox. That it can fail is shown by taking exactly one wall away, after which it must
/// succeed. Where two walls protect the same thing, the other one is away in both halves of that proof.
struct Attack {
  /// The wall that the attack is about.
  var wall: Protection
  /// Further walls in front of the same thing, away while the wall is proven.
  var otherWalls: Set<Protection> = []
  /// Run in the sandbox before, as its user 0.
  var preparation: String?
  /// The shell script that attacks.
  var script: String
  /// The user it runs as.
  var user: String?
  /// Whether it succeeded, when the script cannot tell; looked at after the end of the sandbox.
  var succeeded: (@Sendable (Arena) -> Bool)?
  /// Whether it is won when the sandbox runs no further command.
  var breaksSandbox = false
  /// Why nothing can be proven for this user, because no wall but the kernel's own stands there.
  var cannotProve: String?
}

extension Attack {
  /// Attacks the whole sandbox, and then proves the wall.
  func expectRepelled(
    _ change: (inout SandboxPolicy, Arena) throws -> Void = { _, _ in },
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try await half([], expected: false, change, "the whole sandbox", sourceLocation)
    if let cannotProve {
      // Said in the log, so that a reader of it does not take the silence for a proof.
      print("not proven as uid \(geteuid()): \(cannotProve)")
      return
    }
    if !otherWalls.isEmpty {
      try await half(otherWalls, expected: false, change, "\(wall.rawValue) alone", sourceLocation)
    }
    try await half(otherWalls.union([wall]), expected: true, change, "no \(wall.rawValue)", sourceLocation)
  }

  private func half(
    _ removed: Set<Protection>, expected: Bool, _ change: (inout SandboxPolicy, Arena) throws -> Void,
    _ situation: String, _ sourceLocation: SourceLocation
  ) async throws {
    let arena = try Arena()
    defer { arena.close() }
    var policy = arena.policy
    try change(&policy, arena)
    policy.removed = removed
    let output = try TestPipe()
    let sandbox = try await Sandbox.start(policy)
    var wasGot = true
    for (text, user) in [(preparation, nil), (script, user)] {
      guard let text else { continue }
      var command = Command.shell(arena.fillIn(text), output: output.writeEnd.number)
      command.user = user
      command.timeout = .seconds(60)
      let result = try? await sandbox.run(command)
      wasGot = result?.status == .exited(0)
    }
    if breaksSandbox { wasGot = (try? await sandbox.run(.shell("true")))?.status != .exited(0) }
    await sandbox.end()
    if let succeeded { wasGot = succeeded(arena) }
    #expect(
      wasGot == expected, "\(situation), uid \(geteuid()): \(output.contents().suffix(2000))",
      sourceLocation: sourceLocation)
  }
}

/// What there is to attack on the machine: the agent's files, its process, its sockets, another build, a user's
/// repository. Every secret contains the word CANARY.
final class Arena: Sendable {
  private let directory: TestDirectory
  private let victim: pid_t
  private let listeners: [OwnedFile]
  let tcp4: UInt16
  let tcp6: UInt16
  let abstractName: String
  let sharedMemory: Int32

  var path: String { directory.path }

  init() throws {
    directory = try TestDirectory()
    let root = directory.path
    for (name, text) in [
      ("agent/agent.conf", "CANARY"), ("agent/identity", "CANARY"), ("home/.ssh/id", "CANARY"),
      ("other/source", "CANARY"), ("workspace/file", "mine"), ("mirror/objects", "original"),
      ("tools/tool", "tool"), ("tools/private/token", "CANARY"), ("project/source", "original"),
      ("project/.git/config", "[core]\n"), ("project/.git/hooks/README", ""),
    ] {
      try directory.write(name, text)
    }
    if geteuid() == 0 {
      // A user's repository belongs to a user.
      try FileSystem.makeDirectories(root + "/project")
      for name in ["", "/source", "/.git", "/.git/config", "/.git/hooks", "/.git/hooks/README"] {
        chown(root + "/project" + name, 12345, 12345)
      }
    }
    var status: [OwnedFile] = []
    abstractName = "journeyman-\(UInt64.random(in: 0 ... .max))"
    status.append(try Listener.unix(root + "/agent/socket"))
    chmod(root + "/agent/socket", 0o777)
    status.append(try Listener.abstract(abstractName))
    let (four, port4) = try Listener.tcp4()
    let (six, port6) = try Listener.tcp6()
    listeners = status + [four, six]
    tcp4 = port4
    tcp6 = port6
    sharedMemory = shmget(key_t(bitPattern: UInt32.random(in: 1 ... .max)), 4096, Int32(IPC_CREAT) | 0o666)
    victim = try Self.startVictim()
  }

  /// A process of the agent's user, outside every sandbox.
  private static func startVictim() throws -> pid_t {
    var pid: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("1000"), nil]
    var environment: [UnsafeMutablePointer<CChar>?] = [strdup("TOKEN=CANARY"), nil]
    defer { for pointer in arguments + environment { free(pointer) } }
    if posix_spawn(&pid, "/bin/sleep", nil, nil, &arguments, &environment) != 0 { throw SystemError("start a victim") }
    return pid
  }

  /// A strict policy with a workspace and nothing else.
  var policy: SandboxPolicy {
    SandboxPolicy(workspaces: [.init(source: path + "/workspace", view: .agentDirectory)])
  }

  func read(_ name: String) -> String? { directory.read(name) }

  /// Whether the agent's process still runs.
  var victimLives: Bool { kill(victim, 0) == 0 && ProcessTable.entry(of: victim)?.isZombie == false }

  /// Puts the arena's facts into a script: `@A` its directory, `@W` the workspace, `@V` the victim's number, and so on.
  func fillIn(_ script: String) -> String {
    var text = script
    for (mark, value) in [
      ("@A", path), ("@W", path + "/workspace"), ("@V", String(victim)), ("@4", String(tcp4)), ("@6", String(tcp6)),
      ("@ABSTRACT", abstractName), ("@SHM", String(sharedMemory)),
    ].sorted(by: { $0.0.count > $1.0.count }) {
      text = text.replacingOccurrences(of: mark, with: value)
    }
    return text
  }

  func close() {
    kill(victim, SIGKILL)
    waitpid(victim, nil, 0)
    shmctl(sharedMemory, Int32(IPC_RMID), nil)
    _ = try? FileManager.default.removeItem(atPath: path)
  }
}

/// Sockets that somebody outside listens on. Nobody accepts: being connected is enough for an attack.
enum Listener {
  static func unix(_ path: String) throws -> OwnedFile {
    try local(Array(path.utf8))
  }

  static func abstract(_ name: String) throws -> OwnedFile {
    try local([0] + Array(name.utf8))
  }

  private static func local(_ name: [UInt8]) throws -> OwnedFile {
    let socket = try make(AF_UNIX)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count + (name.first == 0 ? 0 : 1))
    try bindAndListen(socket, &address, length)
    return socket
  }

  static func tcp4() throws -> (OwnedFile, UInt16) {
    let socket = try make(AF_INET)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    try bindAndListen(socket, &address, socklen_t(MemoryLayout<sockaddr_in>.size))
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    name(socket, &address, &length)
    return (socket, UInt16(bigEndian: address.sin_port))
  }

  static func tcp6() throws -> (OwnedFile, UInt16) {
    let socket = try make(AF_INET6)
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_addr = in6addr_loopback
    try bindAndListen(socket, &address, socklen_t(MemoryLayout<sockaddr_in6>.size))
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    name(socket, &address, &length)
    return (socket, UInt16(bigEndian: address.sin6_port))
  }

  private static func make(_ family: Int32) throws -> OwnedFile {
    let number = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    if number < 0 { throw SystemError("make a socket") }
    return OwnedFile(OwnedDescriptor(taking: number))
  }

  private static func bindAndListen<Address>(
    _ socket: OwnedFile, _ address: inout Address, _ length: socklen_t
  ) throws {
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket.number, $0, length) }
    }
    if bound != 0 || listen(socket.number, 64) != 0 { throw SystemError("listen") }
  }

  private static func name<Address>(_ socket: OwnedFile, _ address: inout Address, _ length: inout socklen_t) {
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket.number, $0, &length) }
    }
  }
}

/// What the user of this run cannot be shown.
enum Unprovable {
  static let needsRoot = geteuid() == 0 ? nil : "the kernel itself refuses this to an ordinary user"
  static let needsUser = geteuid() == 0 ? "root's builds have user ids of their own" : nil
}
