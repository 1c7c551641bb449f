import Foundation

/// Reads why `ssh` gave up from what it wrote.
enum SecureShellDiagnosis {
  static func error(from text: String, status: Int32, url: RepositoryURL, user: String?) -> CheckoutError {
    let lines = text.split(whereSeparator: \.isNewline).map(String.init)
    let said = lines.filter { !isDebug($0) }
    let place = url.port.map { "\(url.host) port \($0)" } ?? url.host
    if text.contains("Host key verification failed") || text.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") {
      return untrusted(lines, place: place)
    }
    let quote = said.suffix(3).map { sanitized($0) }.joined(separator: "; ")
    if text.contains("Permission denied (") || text.contains("Too many authentication failures") {
      return CheckoutError(
        .authentication,
        "\(place) refuses the ssh key of \(user ?? "this user"): \(quote); check the key, its "
          + "passphrase, and that the server knows it")
    }
    if let line = said.first(where: isMissingRepository) {
      return CheckoutError(.repositoryNotFound, "\(place) has no repository \(url.path): \(sanitized(line))")
    }
    return CheckoutError(
      .network, "ssh to \(place) ended with status \(status)" + (quote.isEmpty ? "" : ": \(quote)"))
  }

  /// The server's key is unknown or another one than expected. ssh tells its fingerprint in its first debug messages.
  private static func untrusted(_ lines: [String], place: String) -> CheckoutError {
    let offered = lines.first { $0.contains("Server host key:") }
      .flatMap {
        $0.range(of: "Server host key: ").map { range in
          String(lines.first { $0.contains("Server host key:") }?[range.upperBound...] ?? "")
        }
      }
    let hasChanged = lines.contains { $0.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") }
    let fingerprint = sanitized(offered ?? "unknown")
    return CheckoutError(
      .untrustedHost,
      hasChanged
        ? "\(place) shows another host key than the known one: \(fingerprint); if the server's key was replaced, "
          + "correct known_hosts, otherwise somebody is in between"
        : "the host key of \(place) is not known: \(fingerprint); if the server's administrator confirms it, add it "
          + "to known_hosts")
  }

  private static func isDebug(_ line: String) -> Bool {
    ["debug", "OpenSSH_", "Authenticated to", "Transferred:", "Bytes per second", "Authenticating to"].contains {
      line.hasPrefix($0)
    }
  }

  private static func isMissingRepository(_ line: String) -> Bool {
    let lowered = line.lowercased()
    return lowered.contains("does not appear to be a git repository") || lowered.contains("repository not found")
      || lowered.contains("no such repository") || lowered.contains("does not exist")
  }

  /// Text of a server, without what a terminal would obey.
  private static func sanitized(_ line: String) -> String {
    String(line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(300).map(Character.init))
  }
}
