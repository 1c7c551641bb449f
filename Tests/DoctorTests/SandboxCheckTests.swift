import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanDoctor

@Suite(.takingTurns) struct SandboxCheckTests {
  /// What a probe said, in the form that travels as JSON.
  private func check(_ name: String, _ verdict: String) throws -> SandboxProbe.Check {
    let json = "{\"name\":\"\(name)\",\"verdict\":\"\(verdict)\",\"detail\":\"seen\",\"remedy\":\"do it\"}"
    return try JSONDecoder().decode(SandboxProbe.Check.self, from: Data(json.utf8))
  }

  private func status(_ name: String, _ change: (inout SandboxSettings) -> Void) throws -> Finding.Status? {
    var settings = SandboxSettings()
    change(&settings)
    return SandboxCheck.findings(of: [try check(name, "missing")], settings).first?.status
  }

  @Test func whatTheConfiguredModeNeedsIsAFailureAndTheRestAWarning() throws {
    #expect(try status("strict sandbox") { _ in } == .failed)
    #expect(try status("strict sandbox") { $0.mode = .basic } == .warning)
    #expect(try status("basic sandbox") { _ in } == .warning)
    #expect(try status("basic sandbox") { $0.mode = .basic } == .failed)
    #expect(try status("overlaid system") { _ in } == .failed)
    #expect(try status("overlaid system") { $0.system = .readonly } == .warning)
    #expect(try status("network namespace") { _ in } == .warning)
    #expect(try status("network namespace") { $0.network = false } == .failed)
    #expect(try status("system call filter") { $0.mode = .off } == .warning)
  }

  @Test func aWeakerSubstituteIsAWarningWithItsRemedy() throws {
    let findings = SandboxCheck.findings(
      of: [try check("memory limit", "limited"), try check("Landlock", "available")], SandboxSettings())
    #expect(findings.map(\.status) == [.warning, .ok])
    #expect(findings.first?.remedy == "do it")
  }

  /// The names that decide about failures are those of the probe: a new name there must be found here.
  @Test func theNamesAreThoseOfTheProbe() async {
    let names = Set(await SandboxProbe.run().checks.map(\.name))
    for needed in [
      "journeyman-init", "user namespaces", "user ids of builds", "system call filter", "strict sandbox",
      "overlaid system", "network namespace", "Landlock", "basic sandbox",
    ] { #expect(names.contains(needed), "\(needed) is not among \(names)") }
  }
}
