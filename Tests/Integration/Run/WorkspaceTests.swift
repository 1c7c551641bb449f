import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// Where a build works: on a private view of the directory, or in the directory itself, as whom, and beside others.
@Suite(.takingTurns) struct WorkspaceTests {
  private static let change = """
    echo changed > kept.txt; rm removed.txt; mkdir -p made/deep; echo x > made/deep/file; chmod 000 made; ls
    """
  private static let files = ["kept.txt": "as it was\n", "removed.txt": "still here\n"]

  /// The names and contents of the project, as they are on disk.
  private func project(_ place: BuildPlace) throws -> [String: String] {
    var found: [String: String] = [:]
    for case let path as String in FileManager.default.enumerator(atPath: place.source) ?? .init() {
      var isDirectory: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: place.source + "/" + path, isDirectory: &isDirectory)
      found[path] = isDirectory.boolValue ? "/" : try String(contentsOfFile: place.source + "/" + path, encoding: .utf8)
    }
    return found
  }

  @Test(arguments: [SandboxSettings.Mode.off, .basic, .strict])
  func theDirectoryStaysAsItWas(sandbox: SandboxSettings.Mode) async throws {
    let place = try BuildPlace()
    let build = BuildCase(title: "", buildspec: .building(Self.change), files: Self.files)
    try await build.check(sandbox, in: place)
    #expect(
      try project(place) == Self.files.merging(["buildspec.yml": .building(Self.change)]) { $1 })
  }

  /// In place, changes stay. The sandbox is off: what strict does with a directory of root's stands in another test.
  @Test func inPlaceTheDirectoryIsChanged() async throws {
    let place = try BuildPlace()
    let buildspec = String.building("echo changed > kept.txt; rm removed.txt; echo made > new.txt")
    try await BuildCase(title: "", buildspec: buildspec, files: Self.files, arguments: ["--in-place"])
      .check(.off, in: place)
    #expect(try project(place) == ["kept.txt": "changed\n", "new.txt": "made\n", "buildspec.yml": buildspec])
  }

  /// What a build must not leave in a repository: hooks and settings that later run as the user.
  @Test(.enabled(if: getuid() == 0, "only root can give a directory away"))
  func inPlaceTheRepositoryIsReadOnly() async throws {
    let place = try BuildPlace()
    try place.write("[core]\n", to: "source/.git/config")
    let commands = [
      "echo made > new.txt", "! echo '[core] fsmonitor = evil' > .git/config", "! mkdir .git/hooks",
      "! mv .git .old",
    ]
    try place.write(
      "version: 0.2\nphases:\n  build:\n    commands:\n" + commands.map(String.item).joined(),
      to: "source/buildspec.yml")
    for path in [place.source]
      + (FileManager.default.subpaths(atPath: place.source) ?? []).map({ place.source + "/" + $0 })
    {
      #expect(chown(path, 65_500, 65_500) == 0)
    }
    let run = JourneymanRun(files: [:], sandbox: .strict, arguments: ["--in-place"])
    let build = try await run.run(in: place)
    #expect(build.result.status == .succeeded, "\(build.log)")
    #expect(try String(contentsOfFile: place.source + "/.git/config", encoding: .utf8) == "[core]\n")
    // What the build makes belongs to whoever owns the directory.
    let made = try FileManager.default.attributesOfItem(atPath: place.source + "/new.txt")
    #expect(made[.ownerAccountID] as? Int == 65_500)
  }

  @Test(.enabled(if: getuid() == 0, "needs more than one user id"))
  func runAsChangesTheUserOfAPhase() async throws {
    let buildspec = """
      version: 0.2
      run-as: nobody
      phases:
        install:
          run-as: daemon
          commands: [id -un, 'cat buildspec.yml > /dev/null']
        build:
          commands: [id -un, 'id -u > /tmp/who; cat /tmp/who']
      """
    let build = try await BuildCase(title: "", buildspec: buildspec).check(.strict)
    #expect(build.lines.filter { ["daemon", "nobody", "root"].contains($0) } == ["daemon", "nobody"])
    #expect(build.lines.contains("65534"))
  }

  @Test func runAsWithoutUsersIsRefused() async throws {
    let buildspec = "version: 0.2\nrun-as: nobody\nphases: {build: {commands: [echo never]}}\n"
    let build = try await JourneymanRun(files: ["buildspec.yml": buildspec], sandbox: .basic).run(in: BuildPlace())
    #expect(build.exitStatus == 2)
    #expect(build.log.contains("run-as needs the strict sandbox"), "\(build.log)")
    #expect(!build.lines.contains("never"))
  }

  /// Builds that share a home, a cache and a work directory each see whole files, old or new.
  @Test(arguments: [SandboxSettings.Mode.off, .strict])
  func concurrentBuildsShareHomeAndCache(sandbox: SandboxSettings.Mode) async throws {
    let place = try BuildPlace()
    let command = """
      for name in ~/.tool/state deps/state; do
        [ ! -e $name ] || [ "$(sort -u $name | wc -l)" = 1 ] || { echo torn; exit 1; }
      done
      mkdir -p deps ~/.tool
      for i in $(seq 2000); do echo line of $CODEBUILD_BUILD_ID; done > deps/state
      cp deps/state ~/.tool/new-$$ && mv ~/.tool/new-$$ ~/.tool/state
      """
    try place.write(
      .building(command) + "cache: {paths: ['deps/**/*']}\n", to: "source/buildspec.yml")
    let outcomes = try await withThrowingTaskGroup(of: (Int32, String).self) { group in
      for number in 1...4 {
        group.addTask {
          var run = JourneymanRun(files: [:], sandbox: sandbox)
          run.configuration = "[sandbox]\n  home = project\n"
          run.output = place.path + "/output-\(number)"
          let build = try await run.run(in: place)
          return (build.exitStatus, build.log)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count == 4)
    for (status, log) in outcomes { #expect(status == 0, "\(log)") }
    // The caches of all of them are one, and whole.
    try place.write(
      .building("sort -u deps/state | wc -l; sort -u ~/.tool/state | wc -l") + "cache: {paths: ['deps/**/*']}\n",
      to: "source/buildspec.yml")
    var last = JourneymanRun(files: [:], sandbox: sandbox)
    last.configuration = "[sandbox]\n  home = project\n"
    let build = try await last.run(in: place)
    #expect(build.lines.filter { $0 == "1" }.count == 2, "\(build.log)")
  }
}
