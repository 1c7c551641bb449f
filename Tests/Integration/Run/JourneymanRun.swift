import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport

/// `journeyman run` on a project of its own, in directories of its own.
struct JourneymanRun: Sendable {
  /// The project's files by their paths.
  var files: [String: String]
  /// How commands are isolated.
  var sandbox = SandboxSettings.Mode.off
  /// The content of agent.conf.
  var configuration = ""
  /// Further arguments.
  var arguments: [String] = []
  /// Further variables of the caller's environment.
  var environment: [String: String] = [:]
  /// What the build leaves; default: the place's.
  var output: String?

  /// Writes the project and builds it.
  ///
  /// - Parameter place: where; builds of one place share caches, as those of one user do.
  func run(in place: BuildPlace) async throws -> FinishedBuild {
    for (path, content) in files { try place.write(content, to: "source/" + path) }
    let output = output ?? place.output
    try place.write(configuration, to: "agent.conf")
    let command =
      [
        "run", place.source, "--output", output, "--sandbox", sandbox.rawValue, "--config",
        place.path + "/agent.conf",
      ]
      + arguments + (arguments.contains("--recipient") ? [] : ["--unsealed"])
    var variables = StandardPaths.processEnvironment
    for (name, folder) in ["XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"] {
      variables[name] = place.path + "/" + folder
    }
    variables.merge(environment) { $1 }
    let program = try TestProgram.products + "/journeyman"
    let outcome = try await TestProgram.run(program, command, environment: variables, timeout: .seconds(300))
    return try FinishedBuild(outcome, in: place, output: output)
  }
}

/// The directories of one user's builds, removed with this value.
final class BuildPlace: Sendable {
  let path: String
  /// The project; its name is `source`.
  var source: String { path + "/source" }
  /// What a build leaves.
  var output: String { path + "/output" }

  init() throws {
    let created = NSTemporaryDirectory() + "journeyman-build-\(UUID().uuidString)"
    try FileSystem.makeDirectories(created + "/source")
    path = URL(fileURLWithPath: created).resolvingSymlinksInPath().path
  }

  deinit { try? FileSystem.removeTree(path) }

  /// Writes a file, of a mode that suits programs and secrets alike.
  func write(_ content: String, to file: String, mode: mode_t = 0o644) throws {
    let full = path + "/" + file
    try FileSystem.makeDirectories((full as NSString).deletingLastPathComponent)
    let target = try FileSystem.open(full, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
    try FileSystem.writeAll(Array(content.utf8), to: target.number, name: full)
  }
}

/// What a build has left.
struct FinishedBuild {
  let place: BuildPlace
  /// The exit status of the program.
  let exitStatus: Int32
  /// What the program wrote to standard output.
  let output: String
  /// What the program wrote to standard error.
  let errors: String
  /// `log.txt` without the times of its lines.
  let log: String
  /// `events.jsonl`.
  let events: [BuildEvent]
  /// `result.json`.
  let result: BuildResult

  init(_ program: TestProgram.Outcome, in place: BuildPlace, output directory: String) throws {
    self.place = place
    (exitStatus, output, errors) = (program.status, program.output, program.errors)
    log = try Self.log(directory)
    events = try Self.text(directory + "/events.jsonl").split(separator: "\n").map {
      try JSONDecoder().decode(BuildEvent.self, from: Data($0.utf8))
    }
    result = try JSONDecoder().decode(BuildResult.self, from: Data(Self.text(directory + "/result.json").utf8))
  }

  /// The log of an output directory, without the 24 characters and the blank that begin each line.
  static func log(_ output: String) throws -> String {
    let lines = try FileSystem.read(output + "/log.txt", limit: 64 << 20).split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return lines.map { String(decoding: $0.dropFirst(25), as: UTF8.self) }.joined(separator: "\n")
  }

  /// The lines of the log.
  var lines: [String] { log.components(separatedBy: "\n") }

  /// A file of the output directory as text.
  func file(_ name: String) throws -> String { try Self.text(place.output + "/" + name) }

  /// The sorted paths in a zip file of the output directory.
  func entries(of archive: String) async throws -> [String] {
    let unzip = TestProgram.find("unzip") ?? "/usr/bin/unzip"
    let outcome = try await TestProgram.run(unzip, ["-Z1", place.output + "/" + archive])
    return outcome.output.split(separator: "\n").map(String.init).sorted()
  }

  private static func text(_ path: String) throws -> String {
    String(decoding: try FileSystem.read(path, limit: 64 << 20), as: UTF8.self)
  }
}
