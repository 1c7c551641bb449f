import Foundation
import JourneymanSandbox

/// Compares sandboxes with bubblewrap and plain processes in one run, and fails when a budget is exceeded.
///
/// Run by `Tests/Benchmarks/sandbox.sh`. With an operand `resident=300`, the process first touches so many MiB.
@main struct SandboxBenchmark {
  static func main() async throws {
    let options = CommandLine.arguments.dropFirst().compactMap { argument -> (String, Int)? in
      let parts = argument.split(separator: "=")
      return parts.count == 2 ? Int(parts[1]).map { (String(parts[0]), $0) } : nil
    }
    let settings = Dictionary(options) { $1 }
    let ballast = Ballast(mebibytes: settings["resident"] ?? 0)
    let rounds = settings["rounds"] ?? 200
    var isWithinBudget = true

    for network in [true, false] {
      let peer = Bubblewrap.arguments(network: network)
      for system in [SandboxPolicy.System.readonly, .overlay] {
        var theirs: [Double] = []
        var ours: [Double] = []
        var whole: [Double] = []
        for round in 0..<rounds {
          // What one leaves the kernel to clean up slows the next, so they take turns in going first.
          if round % 2 == 0 { theirs.append(milliseconds { PlainProcess.run(peer) }) }
          let times = try await startAndRun(SandboxPolicy(system: system, network: network))
          ours.append(times.result)
          whole.append(times.end)
          if round % 2 == 1 { theirs.append(milliseconds { PlainProcess.run(peer) }) }
        }
        let isLikeThePeer = system == .readonly
        let name = "strict, system \(system.rawValue), network \(network ? "on" : "off")"
        let isGood = report(
          "\(name): start and run true", ours, against: "bwrap", theirs, budget: isLikeThePeer ? 0.6 : nil)
        isWithinBudget = isWithinBudget && isGood
        _ = report("\(name): and end", whole, against: "bwrap", theirs, budget: nil)
      }
    }

    var plain: [Double] = [], inSandbox: [Double] = [], off: [Double] = []
    let runner = ProcessRunner()
    let sandbox = try await Sandbox.start(SandboxPolicy())
    for _ in 0..<rounds * 3 {
      plain.append(milliseconds { PlainProcess.run(["/bin/true"]) })
      inSandbox.append(try await run(sandbox))
      off.append(try await run(runner))
    }
    await sandbox.end()
    await runner.end()
    isWithinBudget =
      report("a further command in a strict sandbox", inSandbox, against: "posix_spawn", plain, budget: 1.5)
      && isWithinBudget
    isWithinBudget =
      report("a command without a sandbox", off, against: "posix_spawn", plain, budget: 1.5) && isWithinBudget
    ballast.keep()
    exit(isWithinBudget ? 0 : 1)
  }

  /// Milliseconds from the start to the result of the command, and to the end of the sandbox.
  private static func startAndRun(_ policy: SandboxPolicy) async throws -> (result: Double, end: Double) {
    let start = ContinuousClock.now
    let sandbox = try await Sandbox.start(policy)
    _ = try await sandbox.run(Command(executable: "/bin/true"))
    let result = (ContinuousClock.now - start).milliseconds
    await sandbox.end()
    return (result, (ContinuousClock.now - start).milliseconds)
  }

  private static func run(_ runner: some CommandRunner) async throws -> Double {
    let start = ContinuousClock.now
    _ = try await runner.run(Command(executable: "/bin/true"))
    return (ContinuousClock.now - start).milliseconds
  }

  private static func milliseconds(_ work: () -> Void) -> Double {
    let start = ContinuousClock.now
    work()
    return (ContinuousClock.now - start).milliseconds
  }

  /// Prints medians and their ratio; false when the ratio is over the budget.
  private static func report(
    _ name: String, _ ours: [Double], against peer: String, _ theirs: [Double], budget: Double?
  ) -> Bool {
    let mine = median(ours), other = median(theirs), ratio = mine / other
    var line = "\(name): \(text(mine)) ms, \(peer) \(text(other)) ms, ratio \(text(ratio))"
    guard let budget else {
      print(line)
      return true
    }
    line += ", budget \(budget)" + (ratio <= budget ? "" : "  EXCEEDED")
    print(line)
    return ratio <= budget
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
  private static func text(_ value: Double) -> String { String(format: "%.2f", value) }
}

/// The peer, with the namespaces and mounts of a strict sandbox that sees the system read-only.
enum Bubblewrap {
  static func arguments(network: Bool) -> [String] {
    let system = ["/usr", "/etc", "/var", "/opt"].flatMap { ["--ro-bind", $0, $0] }
    let links = ["bin", "sbin", "lib", "lib64"].flatMap { ["--symlink", "usr/\($0)", "/\($0)"] }
    let places = ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/run", "--hostname", "build"]
    return ["/usr/bin/bwrap", "--unshare-all", "--new-session", "--die-with-parent", "--uid", "0", "--gid", "0"]
      + (network ? ["--share-net"] : []) + system + links + places + ["/bin/true"]
  }
}

/// The plain way to start a process.
enum PlainProcess {
  static func run(_ arguments: [String]) {
    var pid: pid_t = 0
    var pointers = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var environment: [UnsafeMutablePointer<CChar>?] = [nil]
    let error = posix_spawn(&pid, arguments[0], nil, nil, &pointers, &environment)
    precondition(error == 0, "cannot start \(arguments[0])")
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    precondition(status == 0, "\(arguments[0]) failed")
  }
}

/// Memory that makes copying the page tables of this process expensive.
struct Ballast {
  private let bytes: [UInt8]

  init(mebibytes: Int) { bytes = [UInt8](repeating: 1, count: mebibytes << 20) }

  func keep() { withExtendedLifetime(bytes) {} }
}

extension Duration {
  var milliseconds: Double { Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15 }
}
