import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport

@testable import JourneymanJenkins

/// The program `journeyman-agent` with a scripted controller: what it holds and uses can be measured from outside.
final class RunningAgent: Sendable {
  let agent: TestAgent
  private let base: String
  private let process: ChildProcess

  var controller: ScriptedController { agent.controller }
  var processID: Int32 { process.processID }

  /// Starts it and waits until it is connected.
  ///
  /// - Parameter killed: one that was killed, whose place it takes.
  init(executors: Int = 1, after killed: RunningAgent? = nil) async throws {
    if let killed { agent = killed.agent } else { agent = try await TestAgent() }
    base = PathName.directory(of: agent.directory)
    let configuration = try agent.writeConfiguration(executors: executors)
    let log = try FileSystem.open(base + "/agent.log", flags: O_WRONLY | O_CREAT | O_APPEND)
    process = try await ChildProcess.start(
      ChildProcess.Configuration(
        executable: try TestProgram.products + "/journeyman-agent", arguments: ["--config", configuration],
        environment: StandardPaths.processEnvironment, standardOutput: log.number, standardError: log.number))
    _ = try await agent.controller.agent()
    // What is made once is made by now.
    _ = try await agent.controller.value("hudson.remoting.PingThread$Ping")
  }

  /// Ends it by its signal.
  func stop() async {
    process.signal(SIGTERM)
    _ = await process.wait()
  }

  /// Ends it without a chance to say goodbye.
  func kill() async {
    process.signal(SIGKILL)
    _ = await process.wait()
  }

  /// What it said.
  var log: String {
    get throws { String(decoding: try FileSystem.read(base + "/agent.log", limit: 1 << 20), as: UTF8.self) }
  }

  /// The most memory it has had resident, in bytes.
  var peakMemory: Int {
    get throws {
      let status = String(decoding: try FileSystem.read("/proc/\(processID)/status", limit: 1 << 16), as: UTF8.self)
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) << 10
    }
  }

  /// How much it has read, from files, pipes and sockets.
  var read: Int {
    get throws {
      let counts = String(decoding: try FileSystem.read("/proc/\(processID)/io", limit: 1 << 16), as: UTF8.self)
      return counts.split(separator: "\n").first?.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }
  }

  /// Waits until it is in the middle of something and cannot go on.
  func waitUntilStuck() async throws {
    var last = -1
    while try last != read {
      last = try read
      try await Task.sleep(for: .milliseconds(300))
    }
  }

  /// What its descriptors are.
  var descriptors: [String] {
    get throws {
      let directory = "/proc/\(processID)/fd"
      return try FileManager.default.contentsOfDirectory(atPath: directory).map {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\($0)")) ?? "gone"
      }.filter { $0 != "gone" }
    }
  }

  /// The processes it has started and that have not ended.
  var children: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/\(processID)/task").flatMap { thread in
        let list = try? FileSystem.read("/proc/\(processID)/task/\(thread)/children", limit: 1 << 16)
        return String(decoding: list ?? [], as: UTF8.self).split(separator: " ").map(String.init)
      }
    }
  }

  /// Waits until something is true, for half a minute at most.
  static func wait(_ isTrue: () throws -> Bool) async throws -> Bool {
    for _ in 0..<600 {
      if try isTrue() { return true }
      try await Task.sleep(for: .milliseconds(50))
    }
    return false
  }

  /// Where no process runs any more that has this text in its command line.
  static func runs(_ text: String) throws -> Bool {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").contains { name in
      guard Int(name) != nil, let line = try? FileSystem.read("/proc/\(name)/cmdline", limit: 1 << 20) else {
        return false
      }
      return String(decoding: line, as: UTF8.self).contains(text)
    }
  }
}
