import Foundation
import JourneymanActionKit

/// The system's `ssh` with the key and the known hosts of one deployment, in a sandbox of the action's own.
///
/// It never asks anything, never trusts a machine that it does not know, and reads no configuration: neither the user's
/// nor the system's.
struct SecureShellSession: Sendable {
  /// Where its files lie in the action's directory.
  private static let folder = "ssh"

  private let context: ActionContext
  private let options: [String]
  private let environment: [String: String]

  /// Writes the key and the known hosts where only `ssh` finds them.
  ///
  /// - Throws: `PluginError` when a secret or a file is missing.
  init(_ settings: SecureShellSettings, _ context: ActionContext) async throws {
    self.context = context
    let search = ProcessRequest(shell: "command -v ssh", place: .own, printing: .discard, timeout: .seconds(60))
    if try await !context.run(search).isSuccess {
      throw PluginError(.process, "ssh is not installed; install the package openssh-client")
    }
    let key = try await Self.key(settings.identity, context)
    let passphrase = try settings.passphrase.map { try context.secrets.value(of: $0) }
    // ssh refuses a key without the line break at its end, which copying loses.
    try await Self.write(key.reveal().hasSuffix("\n") ? key.reveal() : key.reveal() + "\n", to: "key", context)
    var options = Self.standard
    switch settings.knownHosts {
    case .system: options += ["UserKnownHostsFile=/dev/null"]
    case .lines(let lines):
      try await Self.write(lines + "\n", to: "known_hosts", context)
      options += ["UserKnownHostsFile=\(Self.folder)/known_hosts", "GlobalKnownHostsFile=/dev/null"]
    case .file(let path):
      let lines = try await context.workspace.read(path, limit: 1 << 20)
      try await Self.write(String(decoding: lines, as: UTF8.self), to: "known_hosts", context)
      options += ["UserKnownHostsFile=\(Self.folder)/known_hosts", "GlobalKnownHostsFile=/dev/null"]
    }
    if let passphrase {
      // The only thing that ssh can ask this program for: passwords are off and host keys strict.
      try await Self.write("#!/bin/sh\nprintf '%s\\n' \"$JOURNEYMAN_PASSPHRASE\"\n", to: "askpass", context)
      options += ["BatchMode=no", "NumberOfPasswordPrompts=1"]
      environment = [
        "SSH_ASKPASS": "./\(Self.folder)/askpass", "SSH_ASKPASS_REQUIRE": "force",
        "JOURNEYMAN_PASSPHRASE": passphrase.reveal(),
      ]
    } else {
      options += ["BatchMode=yes"]
      environment = [:]
    }
    if let user = settings.user { options += ["User=\(user)"] }
    self.options = options
  }

  /// Removes what ``init(_:_:)`` wrote.
  func close() async {
    _ = try? await context.run(
      ProcessRequest("rm", ["-rf", Self.folder], place: .own, printing: .discard, timeout: .seconds(60)))
  }

  /// Never a prompt, never a guess about a host, no key but the given one, nothing forwarded, nothing run on this side.
  private static let standard = [
    "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "PreferredAuthentications=publickey", "PasswordAuthentication=no",
    "KbdInteractiveAuthentication=no", "IdentitiesOnly=yes", "IdentityAgent=none", "ClearAllForwardings=yes",
    "ForwardAgent=no", "ForwardX11=no", "PermitLocalCommand=no", "ControlMaster=no", "ControlPath=none",
    "ConnectTimeout=30", "ServerAliveInterval=15", "ServerAliveCountMax=4",
  ]

  /// Runs a command line by the login shell of a machine.
  ///
  /// - Parameter input: a file of the action's output directory that it reads from standard input.
  /// - Throws: `PluginError` when `ssh` did not reach the machine.
  /// - Returns: the status of the command and the lines that it printed.
  func run(
    _ command: String, on host: HostAddress, input: String? = nil
  ) async throws -> (status: Int32, lines: [String]) {
    var words = ["-F", "none", "-T", "-v", "-i", "\(Self.folder)/key"]
    // The first value of an option counts.
    if let user = host.user { words += ["-l", user] }
    for option in options { words += ["-o", option] }
    if let port = host.port { words += ["-p", String(port)] }
    words += ["--", host.host, command]
    let redirected = "exec ssh \"$@\" <\"$JOURNEYMAN_INPUT\" 2>&1"
    let result = try await context.run(
      ProcessRequest(
        "/bin/sh", ["-c", redirected, "ssh"] + words, place: .own,
        environment: environment.merging(["JOURNEYMAN_INPUT": input ?? "/dev/null"]) { $1 },
        printing: .capture(limit: 1 << 20)))
    let all = StepOutput.lines(result.output)
    if result.exitCode == 255 { throw SecureShellDiagnosis.error(all, host: host) }
    return (result.exitCode, all.filter { !SecureShellDiagnosis.isDebug($0) })
  }

  /// Text as one word for a login shell that quotes as POSIX says.
  static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

  /// Writes a file that belongs to the sandbox's own user, as ssh demands of keys.
  private static func write(_ text: String, to name: String, _ context: ActionContext) async throws {
    let script = "umask 077 && mkdir -p \(folder) && cat >\(folder)/\(name) && chmod 700 \(folder)/\(name)"
    let result = try await context.run(
      ProcessRequest(shell: script, place: .own, standardInput: Array(text.utf8), timeout: .seconds(60)))
    if !result.isSuccess { throw PluginError(.process, "the files for ssh could not be written") }
  }

  private static func key(_ identity: SecureShellSettings.Identity, _ context: ActionContext) async throws
    -> PluginSecret
  {
    switch identity {
    case .secret(let name): return try context.secrets.value(of: name)
    case .file(let path):
      try context.requireHost(plugin: "deploy", "reading the key \(path) of this machine")
      return try IdentityFile.read(path)
    }
  }
}

/// Reads a private key of this machine.
enum IdentityFile {
  private static let longest = 65_536

  /// - Throws: `PluginError` when there is none, or others than its owner may read it.
  static func read(_ path: String) throws(PluginError) -> PluginSecret {
    let number = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    if number < 0 {
      throw PluginError(.file, "cannot open the key \(path): \(String(cString: strerror(errno)))")
    }
    defer { close(number) }
    var status = stat()
    if fstat(number, &status) != 0 || status.st_mode & S_IFMT != S_IFREG || status.st_size > longest {
      throw PluginError(.file, "\(path) is no private key")
    }
    if status.st_mode & 0o077 != 0 {
      throw PluginError(.file, "the key \(path) can be read by others than its owner; run chmod 600 on it")
    }
    var bytes = [UInt8](repeating: 0, count: longest)
    var count = 0
    while count < longest {
      let start = count
      let more = bytes.withUnsafeMutableBytes { buffer in
        Foundation.read(number, buffer.baseAddress.map { $0 + start }, longest - start)
      }
      if more < 0 && errno == EINTR { continue }
      if more < 0 { throw PluginError(.file, "cannot read the key \(path): \(String(cString: strerror(errno)))") }
      if more == 0 { break }
      count += more
    }
    return PluginSecret(String(decoding: bytes.prefix(count), as: UTF8.self))
  }
}
