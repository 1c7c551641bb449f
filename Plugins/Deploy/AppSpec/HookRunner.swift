import Foundation
import JourneymanActionKit
import JourneymanActionSupport
import Synchronization

/// How long what has to end may take to end.
package struct HookPatience: Sendable {
  /// Between `SIGTERM` and `SIGKILL`.
  var termination: Duration
  /// For what a script leaves running to close the script's output, before that fails the script.
  var output: Duration

  /// Sets both.
  package init(termination: Duration = .seconds(10), output: Duration = .seconds(30)) {
    self.termination = termination
    self.output = output
  }
}

/// Runs the scripts of events.
struct HookRunner: Sendable {
  let context: ActionContext
  let paths: DeploymentPaths
  /// The deployment that the scripts run for.
  let deployment: String
  /// Beside the agent's own variables and `LIFECYCLE_EVENT`.
  let variables: [String: String]
  let log: ScriptsLog
  var patience: HookPatience

  /// Runs the scripts of an event one after the other.
  ///
  /// - Parameter root: the directory of the revision that the scripts belong to; they run in it.
  /// - Throws: ``HookFailure``, or `CancellationError`.
  func run(_ event: LifecycleEvent, of spec: AppSpec, in root: String) async throws {
    guard let hooks = spec.hooks[event], !hooks.isEmpty else { return }
    log.write("LifecycleEvent - \(event.rawValue)")
    let start = ContinuousClock.now
    for hook in hooks {
      let left = Duration.seconds(AppSpecReader.longestEvent) - (ContinuousClock.now - start)
      let limit = min(hook.timeout.map { .seconds($0) } ?? left, left)
      try await run(hook, event, in: root, limit: max(limit, .seconds(1)))
    }
  }

  private func run(_ hook: AppSpec.Hook, _ event: LifecycleEvent, in root: String, limit: Duration) async throws {
    func failure(_ code: HookFailure.Code, _ message: String, log: String = "") -> HookFailure {
      HookFailure(code: code, event: event, script: hook.location, message: message, log: log)
    }
    let script = root + "/" + hook.location
    var status = stat()
    if stat(script, &status) != 0 || status.st_mode & S_IFMT != S_IFREG {
      throw failure(.missing, "Script does not exist at specified location: \(hook.location)")
    }
    if status.st_mode & 0o111 != 0o111, chmod(script, (status.st_mode | 0o111) & 0o777) != 0 {
      throw failure(.notExecutable, "Script at specified location: \(hook.location) cannot be made executable")
    }
    let user = hook.user.flatMap { SystemUser.named($0) }
    if let name = hook.user, user == nil {
      throw failure(.unknown, "there is no user '\(name)' on this machine, as which \(hook.location) is to run")
    }
    log.write("Script - \(hook.location)" + (user.map { " (as \($0.name))" } ?? ""))
    let directory = paths.running(deployment)
    try HostFiles.removeTree(directory)
    defer { try? HostFiles.removeTree(directory) }
    let files = try HookFiles(in: directory, for: user)
    let output = try HookOutput(output: files.output, errors: files.errors) { [log] in log.write($0) }
    var request = ProcessRequest(
      "setsid", ["--wait", "/bin/sh", "-c", Self.wrapper, "sh", files.process, files.output, files.errors, script],
      place: .host, environment: environment(event, user), directory: root, printing: .discard)
    request.user = user?.name
    let name = "Script at specified location: \(hook.location)" + (user.map { " run as user \($0.name)" } ?? "")
    switch try await execute(request, HookSession(file: files.process), output, pipes: files.pipes, limit: limit) {
    case .exited(0): return
    case .exited(let code):
      // What `sh` says when it may not execute a file.
      let hint = code == 126 && user != nil ? "; may that user reach \(script) and execute it?" : ""
      throw failure(.failed, "\(name) failed with exit code \(code)\(hint)", log: output.tail)
    case .timedOut:
      throw failure(
        .timedOut, "\(name) failed to complete in \(limit.components.seconds) seconds", log: output.tail)
    case .leftOutputOpen(let holders):
      throw failure(
        .outputLeftOpen,
        "\(name) failed to close STDOUT: it ended, and \(holders) still writes to its output; redirect the output of "
          + "what it leaves running, as in: server >/dev/null 2>&1 &", log: output.tail)
    }
  }

  private enum Ending {
    case exited(Int32)
    case timedOut
    case leftOutputOpen(String)
  }

  private func execute(
    _ request: ProcessRequest, _ session: HookSession, _ output: HookOutput, pipes: [String], limit: Duration
  ) async throws -> Ending {
    let start = ContinuousClock.now
    let reading = Task.detached { try? await HostFiles.onOwnThread { output.read() } }
    let expired = ExpiryMark()
    let watch = Task.detached { [patience] in
      do { try await Task.sleep(for: limit) } catch { return }
      expired.set()
      await session.end(grace: patience.termination)
    }
    func finish() async {
      watch.cancel()
      await watch.value
      output.stop()
      await reading.value
    }
    let result: ProcessResult
    do {
      result = try await context.run(request)
    } catch {
      await session.end(grace: patience.termination)
      await finish()
      throw error
    }
    output.scriptHasEnded()
    // A script that failed anyway gets a moment for its last words only.
    let isEnding = expired.isSet || !result.isSuccess
    let patience = isEnding ? .seconds(1) : min(self.patience.output, max(limit - (.now - start), .seconds(1)))
    let deadline = ContinuousClock.now + patience
    while !output.isDrained && ContinuousClock.now < deadline && !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(5))
    }
    var ending = expired.isSet ? Ending.timedOut : .exited(result.exitCode)
    if !output.isDrained && !isEnding && !Task.isCancelled {
      let holders = pipes.flatMap { HookSession.holders(of: $0) }
      ending = .leftOutputOpen(holders.first ?? "a process that it started")
    }
    if !output.isDrained || Task.isCancelled { await session.end(grace: self.patience.termination) }
    await finish()
    try Task.checkCancellation()
    return ending
  }

  /// Says which session it is, and runs the script with its output in the pipes.
  private static let wrapper = #"echo $$ >"$1" && exec >"$2" 2>"$3" </dev/null && { "$4"; exit $?; }; exit 125"#

  private func environment(_ event: LifecycleEvent, _ user: SystemUser?) -> [String: String] {
    var environment = variables
    environment["LIFECYCLE_EVENT"] = event.rawValue
    // As su(1) sets them.
    if let user {
      environment["HOME"] = user.home
      environment["SHELL"] = user.shell.isEmpty ? "/bin/sh" : user.shell
      environment["USER"] = user.name
      environment["LOGNAME"] = user.name
    }
    return environment
  }
}

/// What a running script has in the file system: the file with its session's number and the pipes that it prints to.
private struct HookFiles {
  let process: String
  let output: String
  let errors: String

  var pipes: [String] { [output, errors] }

  init(in directory: String, for user: SystemUser?) throws {
    process = directory + "/process"
    output = directory + "/output"
    errors = directory + "/errors"
    // Others may pass through to files that are theirs, and see nothing.
    try HostFiles.makeDirectories(directory)
    try Self.check(chmod(directory, 0o711), directory)
    try HostFiles.writeAtomically([], to: process, mode: 0o600)
    for pipe in [output, errors] { try Self.check(mkfifo(pipe, 0o600), pipe) }
    guard let user, user.number != geteuid() else { return }
    // Without the right to, starting the script fails with a sentence about it.
    if geteuid() != 0 { return }
    for path in [process, output, errors] { try Self.check(chown(path, user.number, user.group), path) }
  }

  private static func check(_ result: Int32, _ path: String) throws(PluginError) {
    if result != 0 { throw PluginError(.file, "cannot prepare \(path): \(String(cString: strerror(errno)))") }
  }
}

/// Goes up when a script's time is up.
private final class ExpiryMark: Sendable {
  private let state = Mutex(false)
  var isSet: Bool { state.withLock { $0 } }
  func set() { state.withLock { $0 = true } }
}
