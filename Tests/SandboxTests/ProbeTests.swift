import JourneymanSandbox
import TestSupport
import Testing

struct ProbeTests {
  @Test func `says of each feature whether it works, and how to get it otherwise`() async {
    let probe = await SandboxProbe.run()
    #expect(Set(probe.checks.map(\.name)).count == probe.checks.count)
    #expect(probe.checks.count >= 12)
    for check in probe.checks {
      #expect(!check.detail.isEmpty)
      #expect((check.remedy == nil) == (check.verdict == .available), "\(check)")
    }
    #expect(probe.modes.last == .off)
  }

  @Test func `agrees with what happens`() async throws {
    let probe = await SandboxProbe.run()
    for mode in probe.modes {
      let sandbox = try await Sandbox.start(SandboxPolicy(mode: mode))
      #expect(try await sandbox.run(.shell("true")).status == .exited(0))
      await sandbox.end()
    }
  }
}
