import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

/// Needs a package mirror, so it runs only on demand.
@Suite(
  .takingTurns, .enabled(if: ProcessInfo.processInfo.environment["JOURNEYMAN_FULL"] == "1"), .timeLimit(.minutes(30)))
struct PackageInstallTests {
  @Test func `apt-get and pip install, what they installed works, and the machine is unchanged`() async throws {
    let sandbox = try await Sandbox.start(SandboxPolicy())
    let script = """
      set -e
      export DEBIAN_FRONTEND=noninteractive
      apt-get -q update
      apt-get -q install -y --no-install-recommends hello
      hello
      pip install -q --break-system-packages --root-user-action=ignore six==1.16.0
      python3 -c 'import six; print("six", six.__version__)'
      """
    let directory = try TestDirectory()
    let log = try FileSystem.open(directory.path + "/log", flags: O_WRONLY | O_CREAT)
    var command = Command.shell(script, output: log.number)
    command.environment["HOME"] = "/root"
    let passed = ProcessInfo.processInfo.environment.filter {
      $0.key.lowercased().hasSuffix("_proxy") || $0.key.hasPrefix("PIP") || $0.key.hasPrefix("SSL")
    }
    command.environment.merge(passed) { $1 }
    let result = try await sandbox.run(command)
    await sandbox.end()
    let output = directory.read("log") ?? ""
    #expect(result.status == .exited(0), "\(output.suffix(3000))")
    #expect(output.contains("Hello, world!"))
    #expect(output.contains("six 1.16.0"))
    #expect(access("/usr/bin/hello", F_OK) == -1)
  }
}
