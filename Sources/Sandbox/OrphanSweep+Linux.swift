import CSandbox
import Foundation
import JourneymanSupport

/// Kills what commands left behind: processes whose own parent has ended and that this process has therefore adopted,
/// with everything below them.
enum OrphanSweep {
  /// Sweeps until nothing is left, on the spawner's thread, so that no process is just being started meanwhile.
  ///
  /// - Parameter sessions: the sessions whose orphans are killed.
  static func run(sessions: Set<Int32>) async {
    await Spawner.shared.perform { ownChildren in
      // A process can make new ones between the snapshot and its death; each round kills all that were there.
      for _ in 0..<1000 {
        let table = ProcessTable()
        let adopted = table.entries.filter {
          $0.parent == getpid() && !ownChildren.contains($0.processID)
            && sessions.contains($0.session)
        }
        if adopted.isEmpty { return }
        kill(adopted + adopted.flatMap { table.descendants(of: $0.processID) })
        for orphan in adopted { waitpid(orphan.processID, nil, WNOHANG) }
      }
    }
  }

  private static func kill(_ entries: [ProcessTable.Entry]) {
    for entry in entries where !entry.isZombie {
      let number = sandbox_open_process(entry.processID)
      if number < 0 { continue }
      let pidfd = OwnedDescriptor(taking: number)
      // The descriptor pins the process; only now does a second look tell whether it is still the one in the table.
      if ProcessTable.entry(of: entry.processID)?.session != entry.session { continue }
      _ = sandbox_signal(pidfd.number, SIGKILL)
      var ended = pollfd(fd: pidfd.number, events: Int16(POLLIN), revents: 0)
      _ = poll(&ended, 1, 1000)
    }
  }
}
