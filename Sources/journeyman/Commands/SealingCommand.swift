import Foundation
import JourneymanCommandLine
import JourneymanSealing
import JourneymanSupport

/// What the commands `key`, `seal` and `open` have in common.
enum SealingCommand {
  static let passphraseVariable = Declare.option(
    "passphrase-env", "NAME", help: "Use the passphrase in this environment variable instead of keys.")
  static let force = Declare.flag("force", short: "f", help: "Replace the output if it exists.")

  /// The passphrase in the variable that the command line names, if it names one.
  static func passphrase(_ arguments: ParsedArguments) throws -> Secret? {
    guard let name = try arguments[passphraseVariable] else { return nil }
    guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
      throw CommandFailure(.usage, "the environment variable \(name) with the passphrase is not set, or empty")
    }
    return Secret(value)
  }

  /// Runs blocking work off the cooperative pool and turns its errors into exit statuses.
  static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    do {
      return try await runBlocking(work)
    } catch let error as SealingError {
      throw CommandFailure(status(of: error), error.message)
    }
  }

  /// Tells about a key that was made just now; silence would lose it with the machine.
  static func announce(_ found: KeyDirectory.Found<[Identity]>) {
    guard found.isNew, let recipient = found.key.first?.recipient else { return }
    report("made a new identity: \(found.path) (recipient \(recipient))")
    report("keep a copy of it: what is sealed for it can be opened with nothing else")
  }

  /// Writes a line for people to standard error.
  static func report(_ line: String) { Console.report("journeyman: \(line)") }

  /// Writes a line of the result to standard output.
  static func answer(_ line: String) throws { try Console.print(line) }

  private static let mistakes: Set<SealingError.Code> = [
    .malformedRecipient, .malformedIdentity, .malformedKey, .missingPassphrase, .exposedKey, .exists, .noHome,
  ]

  private static func status(of error: SealingError) -> ProgramStatus {
    if mistakes.contains(error.code) { return .usage }
    if error.code == .cryptography { return .infrastructure }
    if error.code != .system { return .buildFailed }
    let number = (error.underlying as? SystemError)?.number ?? 0
    return [ENOENT, ENOTDIR, EISDIR, EACCES].contains(number) ? .usage : .infrastructure
  }
}
