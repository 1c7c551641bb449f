import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// What `journeyman plugin new` makes works as it stands.
@Suite(.takingTurns) struct NewPluginTests {
  @Test(arguments: ["python", "shell", "swift"])
  func `it builds, passes the checks, and carries an action out`(language: String) async throws {
    let place = try BuildPlace()
    try FileSystem.makeDirectories(place.path + "/plugins")
    let made = try await place.journeyman(
      ["plugin", "new", "greet-all", "--language", language], directory: place.path + "/plugins")
    try #require(made.status == 0, "\(made.errors)")
    if language == "swift" {
      let built = try await TestProgram.run(
        place.path + "/plugins/greet-all/build", ["debug"], timeout: .seconds(900))
      try #require(built.status == 0, "\(built.output)\(built.errors)")
    }
    let checked = try await place.journeyman(["plugin", "check", "plugins/greet-all"])
    #expect(checked.status == 0, "\(checked.output)\(checked.errors)")

    var run = JourneymanRun(
      files: [
        "buildspec.yml": """
        version: 0.2
        phases: {build: {commands: [true]}, post_build: {commands: ['echo "greeted $ACTION_HELLO_GREETINGS times"']}}
        actions: [{name: hello, uses: greet-all, after: build, with: {whom: "you & me", times: 2}}]
        """
      ], sandbox: .strict)
    run.configuration = place.pluginsSection
    let build = try await run.run(in: place)
    #expect(build.result.status == .succeeded, "\(build.log)")
    #expect(build.lines.filter { $0.hasSuffix("Hello, you & me!") }.count == 2, "\(build.log)")
    #expect(build.lines.contains("greeted 2 times"))
    #expect(build.result.artifacts.map(\.file) == ["artifacts/hello-card.zip"])
    if language == "swift" {
      let wrong = try await place.journeyman([
        "plugin", "describe", "greet-all", "--json", "--config", place.path + "/agent.conf",
      ])
      #expect(wrong.output.contains(#""category":"invoke""#), "\(wrong.errors)")
    }
  }

  @Test func `an existing directory and a wrong name are refused`() async throws {
    let place = try BuildPlace()
    try FileSystem.makeDirectories(place.path + "/taken")
    let taken = try await place.journeyman(["plugin", "new", "taken", "--language", "shell"])
    #expect(taken.status == 2 && taken.errors.contains("taken"))
    let wrong = try await place.journeyman(["plugin", "new", "../Evil", "--language", "shell"])
    #expect(wrong.status == 2 && wrong.errors.contains("cannot be a plugin's name"))
  }
}
