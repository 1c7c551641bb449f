import Foundation
import JourneymanSupport
import TestSupport
import Testing

/// The install layout works from any prefix.
@Suite struct InstallTests {
  @Test func anInstalledTreeBuildsTheFirstProjectAndMayBeMoved() async throws {
    let scratch = NSTemporaryDirectory() + "journeyman-install-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    var environment = StandardPaths.processEnvironment
    environment["JOURNEYMAN_BINARIES"] = try TestProgram.products
    let first = scratch + "/a prefix"
    let installed = try await TestProgram.run(
      Repository.root + "/.ci/install", [first], environment: environment)
    try #require(installed.status == 0, "\(installed.errors)")
    let moved = scratch + "/moved"
    try FileManager.default.moveItem(atPath: first, toPath: moved)

    for name in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] { environment[name] = scratch + "/" + name }
    let doctor = try await TestProgram.run(moved + "/bin/journeyman", ["doctor"], environment: environment)
    #expect(doctor.output.contains("/moved/bin/../libexec/journeyman/journeyman-init"))

    let output = scratch + "/out"
    let build = try await TestProgram.run(
      moved + "/bin/journeyman",
      ["run", Repository.root + "/Tests/Fixtures/hello", "--sandbox", "off", "--unsealed", "--output", output],
      environment: environment)
    #expect(build.status == 0, "\(build.output)\(build.errors)")
    #expect(FileManager.default.fileExists(atPath: output + "/result.json"))
    let packed = try FileManager.default.contentsOfDirectory(atPath: output + "/artifacts")
    #expect(packed == ["hello.zip"])
  }
}
