import Foundation
import JourneymanSupport
import Synchronization

/// Watches the bounds that the kernel does not keep, or does not tell about: it looks from time to time, and ends the
/// sandbox when one is exceeded.
final class LimitWatch: Sendable {
  private struct State {
    var violation: String?
    var sawMostProcesses = false
    var stopped = false
    var usageBefore: Int64?
  }

  private let limits: SandboxPolicy.Limits
  private let places: [String]
  private let soft: Set<ControlGroup.Controller>
  private let processID: Int32
  private let startedAgo: Double
  private let end: @Sendable () -> Void
  private let state = Mutex(State())

  /// - Parameters:
  ///   - places: directories on disk that the build writes to.
  ///   - soft: what no control group bounds.
  ///   - processID: init, whose descendants are counted.
  ///   - usageBefore: what ``measure()`` gave, when the sandbox was started by an earlier process.
  ///   - startedAgo: how many seconds ago that was.
  ///   - end: kills everything in the sandbox.
  init(
    _ limits: SandboxPolicy.Limits, places: [String], soft: Set<ControlGroup.Controller>, processID: Int32,
    usageBefore: Int64? = nil, startedAgo: Double = 0, end: @escaping @Sendable () -> Void
  ) {
    self.limits = limits
    self.places = places
    self.soft = soft
    self.processID = processID
    self.startedAgo = startedAgo
    self.end = end
    state.withLock { $0.usageBefore = usageBefore }
  }

  /// Bytes in the places that the disk limit is about, when first asked: what counts is what is added to them. Blocks.
  func measure() -> Int64 {
    if limits.disk == nil { return 0 }
    if let known = state.withLock({ $0.usageBefore }) { return known }
    let usage = usage()
    state.withLock { $0.usageBefore = usage }
    return usage
  }

  /// The sentence about the bound that ended the sandbox.
  var violation: String? { state.withLock { $0.violation } }

  /// Whether as many processes as are allowed have been seen, so that more may have been refused to the command that has
  /// just failed, itself no longer among them.
  func sawMostProcesses() -> Bool {
    guard let most = limits.processes, soft.contains(.pids) else { return false }
    if state.withLock({ $0.sawMostProcesses }) { return true }
    return ProcessTable().descendants(of: processID).count >= most - 1
  }

  /// Begins to look, if there is anything to look at.
  func start() {
    if let seconds = limits.wallSeconds {
      Task.detached { [self] in
        try? await Task.sleep(for: .seconds(max(0, seconds - startedAgo)))
        violate("the sandbox was ended after its wall time of \(Self.number(seconds)) s")
      }
    }
    let watchesProcesses =
      limits.memory != nil && soft.contains(.memory) || limits.processes != nil && soft.contains(.pids)
    if watchesProcesses { repeatedly(every: .milliseconds(250)) { [self] in lookAtProcesses() } }
    if limits.disk != nil || limits.freeSpace != nil {
      repeatedly(every: .seconds(1)) { [self] in lookAtDisk() }
    }
  }

  /// Stops looking.
  func stop() { state.withLock { $0.stopped = true } }

  /// Looks on a thread of its own, and rests ten times as long as a look takes.
  private func repeatedly(every interval: Duration, _ look: @escaping @Sendable () -> Void) {
    Task.detached { [self] in
      var pause = Duration.zero
      while true {
        try? await Task.sleep(for: pause)
        if state.withLock({ $0.stopped || $0.violation != nil }) { return }
        let start = ContinuousClock.now
        try? await runBlocking { look() }
        pause = max(interval, (ContinuousClock.now - start) * 10)
      }
    }
  }

  private func violate(_ sentence: String) {
    let isFirst = state.withLock { state in
      if state.stopped || state.violation != nil { return false }
      state.violation = sentence
      return true
    }
    if isFirst { end() }
  }

  private func lookAtProcesses() {
    let processes = ProcessTable().descendants(of: processID)
    if let most = limits.processes, soft.contains(.pids) {
      if processes.count >= most { state.withLock { $0.sawMostProcesses = true } }
      if processes.count > most {
        violate("the process limit of \(most) was exceeded (soft limit: no control group is available)")
      }
    }
    guard let most = limits.memory, soft.contains(.memory) else { return }
    let resident = processes.reduce(Int64(0)) { $0 + Self.residentBytes($1.processID) }
    if resident > most {
      violate("the memory limit of \(Self.size(most)) was exceeded (soft limit: no control group is available)")
    }
  }

  private static func residentBytes(_ processID: Int32) -> Int64 {
    let text = (try? FileSystem.read("/proc/\(processID)/statm", limit: 256)) ?? []
    let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
    return fields.count > 2 ? ((Int64(fields[1]) ?? 0) - (Int64(fields[2]) ?? 0)) * Int64(getpagesize()) : 0
  }

  private func lookAtDisk() {
    let before = measure()
    if let least = limits.freeSpace {
      for place in places {
        var status = statvfs()
        if statvfs(place, &status) == 0, Int64(status.f_bavail) * Int64(status.f_frsize) < least {
          return violate("less than \(Self.size(least)) is left free on the disk of \(place)")
        }
      }
    }
    if let most = limits.disk, usage() - before > most {
      violate("the disk limit of \(Self.size(most)) was exceeded")
    }
  }

  private func usage() -> Int64 { places.reduce(0) { $0 + DiskUsage.bytes(in: $1) } }

  /// A size as people read it.
  static func size(_ bytes: Int64) -> String {
    for (unit, name) in [(Int64(1) << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] where bytes >= unit {
      return number(Double(bytes) / Double(unit)) + " " + name
    }
    return "\(bytes) bytes"
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() ? String(Int64(value)) : String((value * 10).rounded() / 10)
  }
}
