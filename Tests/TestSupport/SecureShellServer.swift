import Foundation
internal import JourneymanSandbox
internal import JourneymanSupport
internal import Testing

/// An `sshd` of a test's own: the current user, 127.0.0.1, a free port, its own host key.
public final class SecureShellServer: Sendable {
  private static let program: String? = ["/usr/sbin/sshd", "/usr/local/sbin/sshd"].first { path in
    access(path, X_OK) == 0
  }

  /// Whether the machine has the program.
  public static var isAvailable: Bool { program != nil }

  /// One server for all tests that only need some; it ends with this process.
  public static let shared = Task { try await SecureShellServer() }

  /// Where it listens.
  public let port: Int
  /// A file with its host key.
  public let knownHosts: String
  private let scratch: Scratch
  private let process: ChildProcess

  /// Starts it.
  public init() async throws {
    scratch = try Scratch()
    let program = try #require(Self.program)
    try await Self.makeKey(scratch("host"), type: "ed25519")
    try await Self.makeKey(scratch("ed25519"), type: "ed25519")
    try await Self.makeKey(scratch("rsa"), type: "rsa", passphrase: "a passphrase")
    try await Self.makeKey(scratch("stranger"), type: "ed25519")
    let keys = try [scratch("ed25519.pub"), scratch("rsa.pub")].map { try String(contentsOfFile: $0, encoding: .utf8) }
    try scratch.write(keys.joined(), to: "authorized")
    port = try LocalPort.free()
    let hostKey = try String(contentsOfFile: scratch("host.pub"), encoding: .utf8).split(separator: " ").prefix(2)
    knownHosts = scratch("known_hosts")
    try scratch.write("[127.0.0.1]:\(port) \(hostKey.joined(separator: " "))\n", to: "known_hosts")
    let settings = """
      Port \(port)
      ListenAddress 127.0.0.1
      HostKey \(scratch("host"))
      AuthorizedKeysFile \(scratch("authorized"))
      PidFile \(scratch("pid"))
      StrictModes no
      UsePAM no
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      SetEnv PATH=\(scratch("bin")):/usr/local/bin:/usr/bin:/bin
      """
    // What a server with Git LFS has; the answer is kept in the repository.
    try scratch.write("#!/bin/sh\ntest $2 = download && cat \"$1/lfs-answer\"\n", to: "bin/git-lfs-authenticate")
    chmod(scratch("bin/git-lfs-authenticate"), 0o755)
    try scratch.write(settings + "\n", to: "config")
    // As root, sshd insists on the directory of its privilege separation.
    if geteuid() == 0 { try FileSystem.makeDirectories("/run/sshd") }
    process = try await ChildProcess.start(
      ChildProcess.Configuration(executable: program, arguments: ["-D", "-e", "-f", scratch("config")]))
    try await LocalPort.waitUntilSomebodyListens(port)
  }

  /// Puts a program of the server's before the machine's.
  public func install(_ name: String, _ script: String) throws {
    try scratch.write("#!/bin/sh\n" + script + "\n", to: "bin/" + name)
    chmod(scratch("bin/" + name), 0o755)
  }

  deinit { process.signalGroup(SIGTERM) }

  /// The path of its own private key.
  public var hostKey: String { scratch("host") }

  /// The path of a private key: `ed25519`, `rsa` (its passphrase is "a passphrase") or `stranger`.
  public func key(_ name: String) -> String { scratch(name) }

  /// The URL of a path of this machine.
  public func url(_ path: String) -> String { "ssh://\(NSUserName())@127.0.0.1:\(port)\(path)" }

  private static func makeKey(_ path: String, type: String, passphrase: String = "") async throws {
    let program = try #require(TestProgram.find("ssh-keygen"))
    let outcome = try await TestProgram.run(
      program, ["-q", "-t", type, "-N", passphrase, "-f", path] + (type == "rsa" ? ["-b", "2048"] : []))
    try #require(outcome.status == 0, "\(outcome.errors)")
  }
}
