import CSandbox
import Foundation
import JourneymanSupport

extension DurableSandbox {
  /// Ends the processes in the sandbox that have all these variables, from outside of it: first by SIGTERM, and by SIGKILL
  /// when they do not end in time.
  ///
  /// Meant for sandboxes without a PID namespace. There a command cannot look for others itself: in `basic` mode each is a
  /// Landlock domain of its own, which keeps it from reading the environment of its siblings, and without any it would see
  /// the processes of other builds. Only what descends from the sandbox's first process is looked at.
  public func terminate(havingAll environment: [String: String], grace: Duration) async {
    let wanted = environment.map { Array("\($0.key)=\($0.value)".utf8) }
    let root = parts.process.processID
    let end = ContinuousClock.now + grace
    var signal = SIGTERM
    while await Self.send(signal, below: root, havingAll: wanted) {
      if signal == SIGKILL { return }
      if ContinuousClock.now >= end {
        signal = SIGKILL
      } else {
        signal = 0
        try? await Task.sleep(for: .milliseconds(100))
        if Task.isCancelled { signal = SIGKILL }
      }
    }
  }

  /// - Returns: whether there was any.
  private static func send(_ signal: Int32, below root: Int32, havingAll wanted: [[UInt8]]) async -> Bool {
    let found = try? await runBlocking {
      var found = false
      for entry in ProcessTable().descendants(of: root) where !entry.isZombie {
        let number = sandbox_open_process(entry.processID)
        if number < 0 { continue }
        let handle = OwnedDescriptor(taking: number)
        // Read after it was opened: another process of the same number would have to have them too.
        guard let bytes = try? FileSystem.read("/proc/\(entry.processID)/environ", limit: 8 << 20) else { continue }
        let variables = Set(bytes.split(separator: 0).map(Array.init))
        guard wanted.allSatisfy(variables.contains) else { continue }
        found = true
        if signal != 0 { _ = sandbox_signal(handle.number, signal) }
      }
      return found
    }
    return found ?? false
  }
}
