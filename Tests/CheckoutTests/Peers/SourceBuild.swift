import Foundation
import JourneymanSupport
import TestSupport
import Testing

/// `journeyman run --source` and `journeyman clone` in directories of their own, as one user's.
struct SourceBuild {
  let bench: Workbench
  /// The content of agent.conf.
  var configuration = ""
  /// Further variables of the caller's environment.
  var environment: [String: String] = [:]

  /// What a build has left.
  struct Finished {
    /// The exit status of the program.
    let status: Int32
    /// `log.txt` without the times of its lines.
    let lines: [String]
    /// Everything the program printed and every file it left in its output directory.
    let everything: String

    /// The value of a line `name=value` of the log.
    func value(_ name: String) -> String? {
      lines.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }
  }

  var state: String { bench.scratch("state/journeyman") }

  /// Where mirrors are unless the configuration says otherwise.
  var mirrors: String { bench.scratch("cache/journeyman/mirrors") }

  /// Builds a repository, which must hold a buildspec.
  func run(_ url: String, _ arguments: [String] = [], sandbox: String = "strict") async throws -> Finished {
    let output = bench.scratch("output-\(UUID().uuidString)")
    let outcome = try await call(
      ["run", "--source", url, "--output", output, "--sandbox", sandbox, "--unsealed"] + arguments)
    var everything = outcome.output + outcome.errors
    var log = ""
    for name in try FileManager.default.subpathsOfDirectory(atPath: output) {
      guard let bytes = try? FileSystem.read(output + "/" + name, limit: 1 << 24) else { continue }
      everything += "\n== \(name)\n" + String(decoding: bytes, as: UTF8.self)
      if name == "log.txt" { log = String(decoding: bytes, as: UTF8.self) }
    }
    let lines = log.components(separatedBy: "\n").map { String($0.dropFirst(25)) }
    return Finished(status: outcome.status, lines: lines, everything: everything)
  }

  func clone(_ url: String, _ directory: String, _ arguments: [String] = []) async throws -> TestProgram.Outcome {
    try await call(["clone", url, directory] + arguments)
  }

  private func call(_ arguments: [String]) async throws -> TestProgram.Outcome {
    try bench.scratch.write(configuration, to: "agent.conf")
    var variables = Git.environment
    for (name, folder) in ["XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"] {
      variables[name] = bench.scratch(folder)
    }
    variables["HOME"] = bench.scratch("home")
    variables.merge(environment) { $1 }
    return try await TestProgram.run(
      TestProgramPath.journeyman, arguments + ["--config", bench.scratch("agent.conf")], environment: variables,
      timeout: .seconds(600))
  }
}

extension Git {
  /// Writes a buildspec of version 0.2 whose `build` runs these commands, each of one line, and commits it.
  func commitBuildspec(_ commands: [String]) async throws {
    let items = commands.map { "      - |-\n        \($0)\n" }.joined()
    try write("version: 0.2\nphases:\n  build:\n    commands:\n" + items, to: "buildspec.yml")
    try await commit("buildspec")
  }
}
