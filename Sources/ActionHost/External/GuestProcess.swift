internal import Foundation
internal import JourneymanActionKit
internal import JourneymanSandbox
internal import JourneymanSupport
internal import Synchronization

/// The process of an external plugin in a sandbox of its own, with its three channels.
final class GuestProcess: Sendable {
  /// Sends messages to the plugin.
  let writer: MessageWriter
  /// The end of what the plugin says on standard output.
  let output: Int32
  /// The end of what it says on standard error.
  let errors: Int32

  private let sandbox: Sandbox
  private let command: Command
  private let ours: Mutex<Ends>
  private let theirs: Mutex<Ends>

  /// Descriptors that are closed when they are taken away.
  private struct Ends: ~Copyable, Sendable {
    var input: OwnedDescriptor?
    var output: OwnedDescriptor?
    var errors: OwnedDescriptor?
  }

  /// - Parameters:
  ///   - executable: the program's path in the sandbox.
  ///   - environment: all its variables.
  init(
    in sandbox: Sandbox, executable: String, environment: [String: String], directory: String, teardown: [TeardownStep]
  ) throws {
    self.sandbox = sandbox
    var input = try Pipe(capacity: 1 << 20)
    var output = try Pipe(capacity: 1 << 20)
    var errors = try Pipe(capacity: 1 << 16)
    writer = MessageWriter(input.writeEnd?.number ?? -1)
    self.output = output.readEnd?.number ?? -1
    self.errors = errors.readEnd?.number ?? -1
    command = Command(
      executable: executable, environment: environment, directory: directory, standardInput: input.readEnd?.number,
      standardOutput: output.writeEnd?.number, standardError: errors.writeEnd?.number, teardown: teardown)
    ours = Mutex(Ends(input: input.writeEnd.take(), output: output.readEnd.take(), errors: errors.readEnd.take()))
    theirs = Mutex(Ends(input: input.readEnd.take(), output: output.writeEnd.take(), errors: errors.writeEnd.take()))
  }

  /// Runs the program to its end; cancelling the task ends it. Then its channels end, whoever else holds them.
  func run() async throws -> CommandResult {
    do {
      let result = try await sandbox.run(command)
      closeTheirs()
      return result
    } catch {
      closeTheirs()
      throw error
    }
  }

  /// Says a text as it is, messages or not; a plugin that is gone does not hear it. Blocks.
  func say(_ text: String) { try? writer.write(Array(text.utf8)) }

  /// Tells the plugin that nothing more is coming.
  func closeInput() {
    writer.close()
    ours.withLock { $0.input = nil }
  }

  /// Whether the plugin has taken in what it was told: then it has its channels, and ours to its side can be closed, so
  /// that it is heard when it closes its own.
  func releaseWhenHeard() -> Bool {
    theirs.withLock { ends in
      guard let number = ends.input?.number else { return true }
      if FileSystem.readableBytes(number) > 0 { return false }
      ends.input = nil
      ends.output = nil
      ends.errors = nil
      return true
    }
  }

  private func closeTheirs() {
    theirs.withLock { ends in
      ends.input = nil
      ends.output = nil
      ends.errors = nil
    }
  }
}
