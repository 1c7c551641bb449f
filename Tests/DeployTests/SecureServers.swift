import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

/// Three `sshd` on free ports of 127.0.0.1, each with a host key of its own. They share the machine's files, so each puts
/// its own name where a command says `APPROOT`.
final class SecureServers: Sendable {
  private static let program: String? = ["/usr/sbin/sshd", "/usr/local/sbin/sshd"].first { access($0, X_OK) == 0 }
  static var isAvailable: Bool { NeededPrograms.areFound("ssh", "ssh-keygen") && (program != nil || isCI) }
  private static var isCI: Bool { StandardPaths.processEnvironment["CI"] == "true" }

  static let shared = Task { try await SecureServers() }

  let folder: String
  let ports: [Int]
  private let processes: [ChildProcess]

  private init() async throws {
    let folder =
      URL(fileURLWithPath: NSTemporaryDirectory()).resolvingSymlinksInPath().path + "/sshd-\(UUID().uuidString)"
    self.folder = folder
    try FileSystem.makeDirectories(folder, mode: 0o755)
    let program = try #require(Self.program)
    for key in ["host1", "host2", "host3", "client", "stranger"] { try await Self.makeKey(folder + "/" + key) }
    try await Self.makeKey(folder + "/sealed", passphrase: "a passphrase")
    let keys = try ["client.pub", "sealed.pub"].map { try String(contentsOfFile: folder + "/" + $0, encoding: .utf8) }
    try FileSystem.writeAtomically(Array(keys.joined().utf8), to: folder + "/authorized")
    if geteuid() == 0 { try FileSystem.makeDirectories("/run/sshd") }
    var ports: [Int] = []
    var processes: [ChildProcess] = []
    for name in ["host1", "host2", "host3"] {
      let command = "sh -c \"$(printf %s \"$SSH_ORIGINAL_COMMAND\" | sed 's#APPROOT#\(name)#g')\"\n"
      try FileSystem.writeAtomically(Array("#!/bin/sh\nexec \(command)".utf8), to: folder + "/\(name).sh", mode: 0o755)
      let port = try LocalPort.free()
      let settings = """
        Port \(port)
        ListenAddress 127.0.0.1
        HostKey \(folder)/\(name)
        AuthorizedKeysFile \(folder)/authorized
        ForceCommand \(folder)/\(name).sh
        PidFile none
        StrictModes no
        UsePAM no
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        MaxStartups 100

        """
      try FileSystem.writeAtomically(Array(settings.utf8), to: folder + "/\(name).conf")
      ports.append(port)
      processes.append(
        try await ChildProcess.start(
          ChildProcess.Configuration(executable: program, arguments: ["-D", "-e", "-f", "\(folder)/\(name).conf"])))
    }
    self.ports = ports
    self.processes = processes
    for port in ports { try await LocalPort.waitUntilSomebodyListens(port) }
  }

  deinit { for process in processes { process.signalGroup(SIGTERM) } }

  /// The addresses, for a configuration.
  var hosts: [String] { ports.map { "\(NSUserName())@127.0.0.1:\($0)" } }

  /// Lines of known_hosts.
  ///
  /// - Parameter keys: the name of each server's key.
  func knownHosts(_ keys: [String] = ["host1", "host2", "host3"]) throws -> String {
    try zip(ports, keys).map { port, key in
      let text = try String(contentsOfFile: folder + "/\(key).pub", encoding: .utf8).split(separator: " ").prefix(2)
      return "[127.0.0.1]:\(port) \(text.joined(separator: " "))\n"
    }.joined()
  }

  /// A private key.
  func key(_ name: String) throws -> String { try String(contentsOfFile: folder + "/" + name, encoding: .utf8) }

  func fingerprint(_ name: String) async throws -> Substring {
    let keygen = try #require(TestProgram.find("ssh-keygen"))
    let listing = try await TestProgram.run(keygen, ["-lf", "\(folder)/\(name).pub"])
    return try #require(listing.output.split(separator: " ").first { $0.hasPrefix("SHA256:") })
  }

  private static func makeKey(_ path: String, passphrase: String = "") async throws {
    let keygen = try #require(TestProgram.find("ssh-keygen"))
    let outcome = try await TestProgram.run(keygen, ["-q", "-t", "ed25519", "-N", passphrase, "-f", path])
    try #require(outcome.status == 0, "\(outcome.errors)")
  }
}
