import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

/// The tests of sandboxes once more, in other circumstances: as ordinary users, and with an init that checks itself.
@Suite(.takingTurns, .disabled(if: Rerun.isRerun, "these start the others"), .serialized, .timeLimit(.minutes(30)))
struct RerunTests {
  private static let suites =
    #"^SandboxTests\.(StrictSandboxTests|LimitTests|ModeTests|DurableSandboxTests|ProbeTests|CleanupTests)/"#
  private static let attacks = #"^AttackTests\."#
  /// Whole builds: limits, packages, sockets.
  private static let builds = #"^IntegrationTests\.(LimitTests|PackageTests|LoopbackProjectTests)/"#

  @Test(.enabled(if: geteuid() == 0, "only root can become other users"))
  func `as an ordinary user with delegated ids`() async throws {
    try await Rerun.run(
      user: "journeyman-test", filter: [Self.suites, Self.attacks, Self.builds].joined(separator: "|"))
  }

  @Test(.enabled(if: geteuid() == 0, "only root can become other users"))
  func `as an ordinary user with a single id`() async throws {
    try await Rerun.run(
      user: "journeyman-single", filter: [Self.suites, Self.attacks, Self.builds].joined(separator: "|"))
  }

  /// Builds the C files of init dynamically with the address and undefined behaviour sanitizers, which stop it at the
  /// first error, and runs the suites with it beside the test program, where init is looked for.
  @Test func `with sanitizers in init`() async throws {
    let clang = try #require(TestProgram.find("clang"))
    let program = try Rerun.program()
    let directory = PathName.directory(of: program) + "/sanitized-\(getpid())"
    try FileSystem.makeDirectories(directory)
    defer { try? FileSystem.removeTree(directory) }
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources")
    let files = try ["CSandbox", "journeyman-init"].flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: sources.path + "/" + folder)
        .filter { $0.hasSuffix(".c") }.map { sources.path + "/" + folder + "/" + $0 }
    }
    let build = try await TestProgram.run(
      clang,
      [
        "-std=gnu17", "-D_GNU_SOURCE", "-g", "-O1", "-Wall", "-Wextra", "-Werror",
        "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer",
        "-I", sources.path + "/CSandbox/include", "-o", directory + "/journeyman-init",
      ] + files)
    try #require(build.status == 0, "\(build.errors)")
    let link = directory + "/tests"
    try #require(Foundation.link(program, link) == 0)
    let holder = "/sandbox-holder"
    try #require(Foundation.link(PathName.directory(of: program) + holder, directory + holder) == 0)
    try await Rerun.run(program: link, filter: Self.suites, environment: ["ASAN_OPTIONS": "detect_leaks=0"])
  }
}

/// Runs this test program again.
enum Rerun {
  private static let mark = "JOURNEYMAN_RERUN"
  static let isRerun = StandardPaths.processEnvironment[mark] != nil

  static func program() throws -> String { try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") }

  static func run(
    user: String? = nil, program: String? = nil, filter: String, environment: [String: String] = [:]
  ) async throws {
    let inCI = StandardPaths.processEnvironment["CI"] == "true"
    if let user, getpwnam(user) == nil {
      if inCI { Issue.record("there is no user \(user); .ci/setup makes it") }
      print("not run: there is no user \(user); .ci/setup makes it")
      return
    }
    let directory = try TestDirectory()
    let log = try FileSystem.open(directory.path + "/log", flags: O_WRONLY | O_CREAT)
    var command = Command(
      executable: try program ?? Self.program(),
      arguments: ["--testing-library", "swift-testing", "--no-parallel", "--filter", filter], directory: "/",
      user: user,
      standardOutput: log.number, standardError: log.number)
    command.environment = [
      "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp", mark: "1",
    ]
    .merging(environment) { $1 }
    let runner = ProcessRunner()
    let result = try await runner.run(command)
    await runner.end()
    let lines = (directory.read("log") ?? "").split(separator: "\n")
    let failures = lines.filter { $0.contains("recorded an issue") || $0.contains("rror:") }.joined(separator: "\n")
    #expect(result.status == .exited(0), "\(failures.suffix(8000))")
    #expect(lines.contains { $0.contains("Test run with") && !$0.contains("with 0 tests") })
  }
}
