import Foundation
internal import JourneymanSupport

/// A program that answers git's credential protocol (gitcredentials(7), git-credential(1)).
struct CredentialHelper: Sendable {
  struct Answer: Sendable {
    let user: String
    let password: Secret
  }

  /// As in git's `credential.helper`: `!` and a shell command, an absolute path with arguments, or the name of a
  /// `git-credential-NAME`.
  let specification: String
  let cancellation: Cancellation
  private static let timeout = Duration.seconds(60)
  private static let longestAnswer = 65_536

  init(_ specification: String, cancellation: Cancellation) {
    self.specification = specification
    self.cancellation = cancellation
  }

  /// Asks for the credential of a URL: first with the path, which AWS CodeCommit's helper signs, then without, as
  /// git does unless told otherwise.
  func get(_ url: RepositoryURL) throws -> Answer? {
    for hasPath in [true, false] {
      let fields = try run("get", Self.description(of: url, hasPath: hasPath, nil))
      if let password = fields["password"], !password.isEmpty {
        return Answer(user: fields["username"] ?? url.user ?? "", password: Secret(password))
      }
      if fields["quit"] == "1" || fields["quit"] == "true" { return nil }
    }
    return nil
  }

  /// Tells the helper that an answer was good, so that it may keep it.
  func store(_ answer: Answer, for url: RepositoryURL) {
    _ = try? run("store", Self.description(of: url, hasPath: true, answer))
  }

  /// Tells the helper that an answer was refused, so that it forgets it.
  func erase(_ answer: Answer, for url: RepositoryURL) {
    _ = try? run("erase", Self.description(of: url, hasPath: true, answer))
  }

  private var commandLine: String {
    if specification.hasPrefix("!") { return String(specification.dropFirst()) }
    return specification.hasPrefix("/") ? specification : "git credential-\(specification)"
  }

  private func run(_ operation: String, _ input: String) throws -> [String: String] {
    // agent.conf names the helper, so a shell reads its words, as for git; nothing of the URL is among them.
    let process = try HelperProcess(
      "/bin/sh", ["-c", "\(commandLine) \(operation)"], environment: StandardPaths.processEnvironment)
    try Array(input.utf8).withUnsafeBytes {
      try process.write($0, timeout: Self.timeout, cancellation: cancellation)
    }
    process.closeInput()
    let output = try process.readAll(limit: Self.longestAnswer, timeout: Self.timeout, cancellation: cancellation)
    let end = try process.finish()
    if operation == "get" && end.status != 0 {
      throw CheckoutError(
        .authentication, "the credential helper failed with status \(end.status); check checkout.credentialHelper")
    }
    return Self.fields(String(decoding: output, as: UTF8.self))
  }

  private static func fields(_ text: String) -> [String: String] {
    var fields: [String: String] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
    }
    return fields
  }

  /// The lines of a request. No value can hold a line break: ``RepositoryURL`` refuses control characters, also
  /// encoded ones (CVE-2020-5260), and an answer was split at them.
  private static func description(of url: RepositoryURL, hasPath: Bool, _ answer: Answer?) -> String {
    var lines = ["protocol=\(url.scheme.rawValue)", "host=\(url.host)" + (url.port.map { ":\($0)" } ?? "")]
    let path = url.path.drop { $0 == "/" }
    if hasPath { lines.append("path=\(String(path).removingPercentEncoding ?? String(path))") }
    if let user = answer?.user ?? url.user { lines.append("username=\(user)") }
    if let answer { lines.append("password=\(answer.password.reveal())") }
    return lines.joined(separator: "\n") + "\n\n"
  }
}
