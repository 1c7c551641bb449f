import JourneymanActionKit

/// Reads why `ssh -v` gave up from what it printed.
enum SecureShellDiagnosis {
  static func error(_ lines: [String], host: HostAddress) -> PluginError {
    let said = lines.filter { !isDebug($0) }
    let quote = said.suffix(3).joined(separator: "; ")
    let hasChanged = lines.contains { $0.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") }
    if hasChanged || lines.contains(where: { $0.contains("Host key verification failed") }) {
      let offered = lines.compactMap { line in
        line.firstRange(of: "Server host key: ").map { String(line[$0.upperBound...]) }
      }.first
      let fingerprint = offered ?? "unknown"
      return PluginError(
        .failed,
        hasChanged
          ? "\(host.name) shows another host key than the known one: \(fingerprint); if its key was replaced, correct "
            + "the known hosts, otherwise somebody is in between"
          : "the host key of \(host.name) is not known: \(fingerprint); if its administrator confirms it, add it to "
            + "'known-hosts' or to /etc/ssh/ssh_known_hosts")
    }
    if said.contains(where: { $0.contains("Permission denied (") || $0.contains("Too many authentication failures") }) {
      return PluginError(
        .failed,
        "\(host.name) refuses the key: \(quote); check the user, the key, its passphrase, and that the host "
          + "knows it")
    }
    return PluginError(.network, "\(host.name) cannot be reached: \(quote.isEmpty ? "ssh ended with 255" : quote)")
  }

  /// Whether `ssh -v` said the line, not the machine.
  static func isDebug(_ line: String) -> Bool {
    ["debug1: ", "OpenSSH_", "Authenticated to ", "Transferred: ", "Bytes per second: ", "Authenticating to "].contains
    {
      line.hasPrefix($0)
    }
  }
}
