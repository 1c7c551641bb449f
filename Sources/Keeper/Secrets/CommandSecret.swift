import Foundation
import JourneymanSandbox
public import JourneymanSupport

/// A secret that a command prints, such as a password manager's. It runs outside every sandbox, as the keeper's user
/// and with the keeper's environment: agent.conf is trusted.
public struct CommandSecret: SecretProvider {
  private let command: String
  private let environment: [String: String]
  private let timeout: Duration

  /// Names the command, which `/bin/sh -c` gets.
  ///
  /// - Parameter timeout: when the command is killed.
  public init(command: String, environment: [String: String], timeout: Duration = .seconds(30)) {
    self.command = command
    self.environment = environment
    self.timeout = timeout
  }

  /// Runs the command and takes what it prints, without the newline at its end. Its standard error is the keeper's
  /// own, so that people see why it fails.
  ///
  /// - Throws: ``SecretError``
  public func value() async throws -> Secret {
    let origin = "the command of the secret"
    // Read only after the command has ended: a usable value fits into the pipe, and no descendant that keeps the
    // pipe open can make anyone wait.
    var pipe = try Pipe(capacity: 2 * SecretText.limit)
    let runner = ProcessRunner()
    let result: CommandResult
    do {
      result = try await runner.run(
        Command(
          executable: "/bin/sh", arguments: ["-c", command], environment: environment,
          standardOutput: pipe.writeEnd?.number, standardError: STDERR_FILENO, timeout: timeout, teardown: [.kill]))
    } catch {
      await runner.end()
      throw SecretError(.unavailable, "\(origin) cannot be started: \(error)", underlying: error)
    }
    await runner.end()
    pipe.writeEnd = nil
    let bytes = PipeRemainder.read(pipe.readEnd?.number ?? -1, limit: SecretText.limit + 1)
    if bytes.count > SecretText.limit { return try SecretText.secret(bytes, origin: origin) }
    switch (result.ending, result.status) {
    case (.timedOut, _): throw SecretError(.unavailable, "\(origin) did not end within \(timeout)")
    case (_, .exited(0)): return try SecretText.secret(bytes, origin: origin)
    case (_, let status): throw SecretError(.unavailable, "\(origin) failed with status \(status.shellStatus)")
    }
  }
}
