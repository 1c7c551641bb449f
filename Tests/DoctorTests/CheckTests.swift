import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanDoctor

@Suite(.takingTurns) struct CheckTests {
  /// A directory of its own, removed with its last use.
  private final class Directory {
    let path = NSTemporaryDirectory() + "journeyman-doctor-\(UUID().uuidString)"
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String, mode: Int) throws -> String {
      let file = path + "/" + name
      try FileManager.default.createDirectory(
        atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(fileURLWithPath: file))
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
      return file
    }
  }

  private let directory: Directory
  init() throws { directory = try Directory() }

  @Test func theLibrariesOfThisMachineAreRecentEnough() {
    for check in LibraryCheck.all { #expect(check.finding().status == .ok, "\(check.finding())") }
  }

  @Test(arguments: [("3.5.9", Finding.Status.failed), ("3.6.0", .ok), ("3.6", .ok), ("4", .ok), ("", .failed)])
  func librariesAreComparedByNumber(version: String, status: Finding.Status) {
    let check = LibraryCheck(name: "libx", package: "libx1", oldest: [3, 6]) { version }
    #expect(check.finding().status == status)
    #expect((check.finding().remedy == nil) == (status == .ok))
  }

  @Test(arguments: [("5.4.0-1-amd64", Finding.Status.failed), ("5.6.0", .ok), ("6.18.2+", .ok), ("4.19", .failed)])
  func kernelsAreComparedByNumber(release: String, status: Finding.Status) {
    #expect(KernelCheck.finding(release: release).status == status)
  }

  @Test func aBrokenConfigurationIsAFindingWithItsProblems() throws {
    let path = try directory.write("agent.conf", "[agent]\n  nme = x\n", mode: 0o600)
    let (settings, finding) = ConfigurationCheck.run(path, [:])
    #expect(finding.status == .failed)
    #expect(finding.detail.contains("agent.conf:2: unknown key 'nme'"))
    #expect(settings == Settings())
  }

  @Test func secretFilesMustBePrivate() throws {
    let open = try directory.write("open", "s3cret", mode: 0o644)
    let closed = try directory.write("closed", "s3cret", mode: 0o640)
    let findings = SecretFileCheck.run([
      SecretSettings(name: "a", source: .file(open)), SecretSettings(name: "b", source: .file(closed)),
      SecretSettings(name: "c", source: .file(directory.path + "/none")),
      SecretSettings(name: "d", source: .environment("D")),
    ])
    #expect(findings.map(\.status) == [.failed, .ok, .warning])
    #expect(findings[0].remedy == "chmod o= '\(open)'")
    #expect(!"\(findings)".contains("s3cret"))
  }

  @Test func anIdentityThatOthersCanReadIsAFailure() throws {
    let environment = ["XDG_CONFIG_HOME": directory.path, "HOME": directory.path]
    #expect(KeyCheck.run(environment).map(\.status) == [.ok, .ok])
    _ = try directory.write("journeyman/identity.txt", "AGE-SECRET-KEY-1", mode: 0o644)
    let finding = try #require(KeyCheck.run(environment).first)
    #expect(finding.status == .failed)
    #expect(finding.remedy?.contains("chmod 600") == true)
    #expect(!"\(finding)".contains("AGE-SECRET-KEY-1"))
  }

  @Test func directoriesThatDoNotExistYetAreJudgedByTheNearestAbove() throws {
    let fine = DirectoryCheck.check("work directory", directory.path + "/a/b/c", remedy: "x")
    #expect(fine.status != .failed)
    #expect(!FileManager.default.fileExists(atPath: directory.path + "/a"))
    let file = try directory.write("file", "", mode: 0o600)
    #expect(DirectoryCheck.check("work directory", file, remedy: "x").status == .failed)
    #expect(DirectoryCheck.check("work directory", "/proc/none", remedy: "set it").remedy?.hasSuffix("set it") == true)
  }

  @Test func missingToolsAreWarningsThatNameThePackage() {
    let missing = ProgramCheck.tool("ssh", "needed", package: "openssh-client", ["PATH": directory.path])
    #expect(missing.status == .warning)
    #expect(missing.remedy?.contains("apt-get install openssh-client") == true)
    #expect(ProgramCheck.tool("sh", "needed", package: "dash", ["PATH": "/nonexistent:/bin"]).detail == "/bin/sh")
  }

  @Test func aClockBeforeTheProgramWasMadeIsWrong() {
    let now = Date(timeIntervalSince1970: 1_700_000_000)
    func status(_ installed: Date?, _ synchronised: Bool) -> Finding.Status {
      ClockCheck.finding(now: now, installed: installed, isSynchronised: synchronised).status
    }
    #expect(status(now.addingTimeInterval(200_000), true) == .failed)
    #expect(status(now.addingTimeInterval(-200_000), true) == .ok)
    #expect(status(nil, false) == .warning)
  }

  @Test func everythingThatIsNotOkSaysHowToMendIt() async throws {
    let configuration = try directory.write("agent.conf", "[agent]\n  workdir = /proc/none\n", mode: 0o600)
    let examination = Examination(configuration: configuration, environment: ["PATH": "", "HOME": directory.path])
    let findings = await examination.run()
    #expect(findings.contains { $0.name == "work directory" && $0.status == .failed })
    for finding in findings where finding.status != .ok { #expect(finding.remedy != nil, "\(finding)") }
    #expect(Set(findings.map(\.name)).count == findings.count)
  }
}
