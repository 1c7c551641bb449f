import Foundation
internal import JourneymanSupport

/// How `ssh` is called for one repository, with the files that only live as long.
final class SecureShellCommand {
  let executable: String
  let arguments: [String]
  let environment: [String: String]
  /// Who logs in; `nil` is left to ssh.
  let user: String?
  private let scratch: String?

  /// - Parameter command: what the server's shell runs.
  init(
    _ url: RepositoryURL, _ access: RemoteAccess, running command: String, cancellation: Cancellation
  ) throws {
    executable = try Self.program()
    var environment = Self.passedEnvironment()
    var options = Self.options
    if let file = access.options.knownHosts {
      options += ["UserKnownHostsFile=\(Self.quoted(file))", "GlobalKnownHostsFile=/dev/null"]
    }
    let key = access.key(for: url)
    user = key?.user ?? url.user
    var words: [String] = []
    var scratch: String?
    if let key {
      if key.needsFiles { scratch = try FileSystem.makeTemporaryDirectory("\(NSTemporaryDirectory())/journeyman-ssh") }
      let file = try key.path(in: scratch)
      options.append("IdentitiesOnly=yes")
      words += ["-i", file]
    }
    if let passphrase = key?.passphrase, let scratch {
      // ssh asks nobody but this program, and for nothing but the passphrase: passwords are off, host keys strict.
      let program = scratch + "/askpass"
      try FileSystem.writeAtomically(
        Array("#!/bin/sh\nprintf '%s\\n' \"$JOURNEYMAN_PASSPHRASE\"\n".utf8), to: program, mode: 0o700)
      environment["SSH_ASKPASS"] = program
      environment["SSH_ASKPASS_REQUIRE"] = "force"
      environment["JOURNEYMAN_PASSPHRASE"] = try passphrase.value(cancellation).reveal()
      options += ["BatchMode=no", "NumberOfPasswordPrompts=1"]
    } else {
      options.append("BatchMode=yes")
    }
    for option in options { words += ["-o", option] }
    if let port = url.port { words += ["-p", String(port)] }
    if let user { words += ["-l", user] }
    arguments = ["-T", "-v"] + words + ["--", url.host, command]
    self.environment = environment
    self.scratch = scratch
  }

  deinit {
    if let scratch { try? FileSystem.removeTree(scratch) }
  }

  /// Never a prompt, never a guess about a host, nothing forwarded, nothing run on this side.
  private static let options = [
    "StrictHostKeyChecking=yes", "PasswordAuthentication=no", "KbdInteractiveAuthentication=no",
    "ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no", "PermitLocalCommand=no", "ConnectTimeout=30",
    "ServerAliveInterval=15", "ServerAliveCountMax=4",
  ]

  private static func program() throws(CheckoutError) -> String {
    let path = StandardPaths.processEnvironment["PATH"] ?? "/usr/bin:/bin"
    for directory in path.split(separator: ":") where directory.hasPrefix("/") {
      let candidate = "\(directory)/ssh"
      if access(candidate, X_OK) == 0 { return candidate }
    }
    throw CheckoutError(.network, "ssh is not installed; install the package openssh-client")
  }

  private static func passedEnvironment() -> [String: String] {
    let names: Set<String> = ["PATH", "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK", "LANG", "XDG_RUNTIME_DIR"]
    return StandardPaths.processEnvironment.filter { names.contains($0.key) }
  }

  /// A file name in a value that ssh splits at spaces and expands `%` in.
  private static func quoted(_ path: String) -> String { "\"\(path.replacing("%", with: "%%"))\"" }

  /// The one word of the command line that the server's shell reads.
  static func shellQuoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "'\\''").replacing("!", with: "'\\!'") + "'"
  }
}

extension CheckoutCredentials.Key {
  fileprivate var needsFiles: Bool {
    if case .text = material { return true }
    return passphrase != nil
  }

  /// The key's file; a key that is text is written into `scratch`.
  fileprivate func path(in scratch: String?) throws(SystemError) -> String {
    switch material {
    case .file(let path): return path
    case .text(let secret):
      let path = (scratch ?? "") + "/key"
      let text = secret.reveal()
      // ssh refuses a key without the line break at its end, which copying loses.
      try FileSystem.writeAtomically(Array((text.hasSuffix("\n") ? text : text + "\n").utf8), to: path, mode: 0o600)
      return path
    }
  }
}
