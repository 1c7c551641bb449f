import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// Which files become artifacts, under which names (BUILDSPEC.md §2, §7 and §8).
@Suite(.takingTurns) struct ArtifactTests {
  /// `artifacts:` over one tree, and the entries of what it makes.
  struct Selection: Sendable, CustomTestStringConvertible {
    var artifacts: String
    /// What the archive holds.
    var entries: [String]
    var file = "artifacts.zip"
    /// Lines the log has.
    var says: [String] = []
    /// What the build does before.
    var command = "true"
    var testDescription: String { artifacts }
  }

  private static let tree = [
    "a.txt", "b.md", ".hidden", "src/c.txt", "src/deep/d.txt", "src/.git/config", "my-build1/e", "my-build2/f/g",
  ]

  static let selections = [
    Selection(
      artifacts: "files: ['**/*']",
      entries: [
        ".hidden", "a.txt", "b.md", "buildspec.yml", "my-build1/e", "my-build2/f/g", "src/.git/config", "src/c.txt",
        "src/deep/d.txt",
      ],
      says: [
        "[Container] Expanding base directory path: .", "[Container] Assembling file list", "[Container] Expanding .",
        "[Container] Expanding file paths for base directory .", "[Container] Assembling file list",
        "[Container] Expanding **/*", "[Container] Found 9 file(s)",
      ]),
    Selection(artifacts: "files: ['*']", entries: [".hidden", "a.txt", "b.md", "buildspec.yml"]),
    Selection(artifacts: "files: ['*.txt', src/*]", entries: ["a.txt", "src/c.txt"]),
    Selection(artifacts: "files: ['src/**/*.txt']", entries: ["src/c.txt", "src/deep/d.txt"]),
    Selection(artifacts: "files: a.txt", entries: ["a.txt"]),
    Selection(artifacts: "files: ['*.{txt,md}']", entries: ["a.txt", "b.md"]),
    Selection(artifacts: "files: [src/../a.txt, ./b.md]", entries: ["a.txt", "b.md"]),
    Selection(artifacts: "files: [$CODEBUILD_SRC_DIR/src/c.txt]", entries: ["src/c.txt"]),
    Selection(
      artifacts: "files: [missing.jar, b.md]", entries: ["b.md"],
      says: ["[Container] Skipping invalid file path missing.jar", "[Container] Found 1 file(s)"]),
    Selection(
      artifacts: "files: [/etc/hostname, ../agent.conf, b.md]", entries: ["b.md"],
      says: [
        "[Container] Skipping invalid file path /etc/hostname: it is outside the workspace",
        "[Container] Skipping invalid file path ../agent.conf: it is outside the workspace",
      ]),
    Selection(artifacts: "files: ['**/*']\n  base-directory: src", entries: [".git/config", "c.txt", "deep/d.txt"]),
    Selection(artifacts: "files: ['**/*']\n  base-directory: my-build*", entries: ["e", "f/g"]),
    Selection(
      artifacts: "files: ['*']\n  base-directory: $WHERE/deep", entries: ["d.txt"], command: "WHERE=src"),
    Selection(
      artifacts: "files: ['**/*']\n  base-directory: src\n  exclude-paths: ['**/.*/**/*']",
      entries: ["c.txt", "deep/d.txt"]),
    Selection(artifacts: "files: ['*']\n  exclude-paths: '**/.*'", entries: ["a.txt", "b.md", "buildspec.yml"]),
    Selection(
      artifacts: "files: ['**/*.txt']\n  exclude-paths: ['*.txt']", entries: ["src/c.txt", "src/deep/d.txt"]),
    Selection(artifacts: "files: ['src/**/*.txt']\n  discard-paths: yes", entries: ["c.txt", "d.txt"]),
    Selection(artifacts: "files: ['src/**/*.txt']\n  discard-paths: \"no\"", entries: ["src/c.txt", "src/deep/d.txt"]),
    Selection(artifacts: "files: [a.txt]", entries: ["a.txt"], command: "cd src/deep"),
    Selection(artifacts: "files: [made]", entries: ["made"], command: "echo > made"),
    Selection(artifacts: "files: [a.txt]\n  name: shop", entries: ["a.txt"], file: "shop.zip"),
    Selection(artifacts: "files: [a.txt]\n  name: a b/shop.zip", entries: ["a.txt"], file: "a b/shop.zip"),
    Selection(
      artifacts: "files: [a.txt]\n  name: shop-$VERSION-$(echo 'x y')", entries: ["a.txt"], file: "shop-1.2-x y.zip",
      command: "VERSION=1.2"),
    Selection(
      artifacts: "files: [a.txt]\n  name: d-$(date -d @0 -u +%F)-`echo old`", entries: ["a.txt"],
      file: "d-1970-01-01-old.zip"),
    Selection(
      artifacts: "files: [link, out]", entries: ["link"],
      says: ["[Container] Found 1 file(s)"], command: "ln -s src/c.txt link; ln -s /etc/passwd out"),
    Selection(
      artifacts: "files: ['*.txt', link]\n  enable-symlinks: yes", entries: ["a.txt", "link"],
      command: "ln -s a.txt link"),
  ]

  @Test(arguments: selections)
  func theArtifactHoldsWhatItShould(selection: Selection) async throws {
    let buildspec = String.building(selection.command) + "artifacts:\n  \(selection.artifacts)\n"
    let build = try await BuildCase(
      title: "", buildspec: buildspec,
      files: Dictionary(uniqueKeysWithValues: Self.tree.map { ($0, "text of \($0)\n") }),
      says: selection.says
    ).check()
    #expect(build.result.artifacts.map(\.file) == ["artifacts/" + selection.file], "\(build.log)")
    #expect(try await build.entries(of: "artifacts/" + selection.file) == selection.entries, "\(build.log)")
  }

  static let cases = [
    BuildCase(
      title: "no pattern matches", buildspec: "version: 0.2\nphases: {}\nartifacts:\n  files: [a, 'b/**/*']\n",
      status: .failed,
      failing: [.uploadArtifacts], context: "CLIENT_ERROR: no matching artifact paths found",
      says: ["[Container] Skipping invalid file path a", "[Container] Skipping invalid file path b/**/*"]),
    BuildCase(
      title: "no base directory matches",
      buildspec: "version: 0.2\nphases: {}\nartifacts:\n  files: ['*']\n  base-directory: target/*\n", status: .failed,
      failing: [.uploadArtifacts], context: "CLIENT_ERROR: no matching base directory path found for target/*"),
    BuildCase(
      title: "a base directory outside",
      buildspec: "version: 0.2\nphases: {}\nartifacts:\n  files: ['*']\n  base-directory: ../..\n", status: .failed,
      failing: [.uploadArtifacts], context: "CLIENT_ERROR: no matching base directory path found for ../.."),
    BuildCase(
      title: "a name that leads out of the output directory",
      buildspec: "version: 0.2\nphases: {}\nartifacts:\n  files: buildspec.yml\n  name: ../../$(echo up)\n",
      status: .failed,
      failing: [.uploadArtifacts]),
    BuildCase(
      title: "a name that the shell cannot evaluate",
      buildspec: "version: 0.2\nphases: {}\nartifacts:\n  files: buildspec.yml\n  name: a-${NEVER?is missing}\n",
      status: .failed,
      failing: [.uploadArtifacts]),
    BuildCase(
      title: "two artifacts of one name",
      buildspec: """
        version: 0.2
        phases: {}
        artifacts:
          files: buildspec.yml
          name: same
          secondary-artifacts:
            other: {files: buildspec.yml, name: same}
        """,
      status: .failed, failing: [.uploadArtifacts],
      context: "CLIENT_ERROR: two artifacts have the name 'same'; give each a name of its own"),
    BuildCase(
      title: "the type of 0.1 is unknown in 0.2",
      buildspec: "version: 0.2\nphases: {}\nartifacts:\n  type: zip\n  files: buildspec.yml\n",
      says: [
        "[Container] Found possible syntax errors in buildspec: ", "In the section artifacts",
        "    The following keys cannot be identified:", "        type",
      ]),
  ]

  @Test(arguments: cases)
  func rule(example: BuildCase) async throws {
    let build = try await example.check()
    let left = try FileManager.default.subpathsOfDirectory(atPath: build.place.output + "/artifacts")
    #expect(left.filter { $0.hasSuffix(".partial") }.isEmpty)
  }

  @Test func aFailedBuildUploadsWhatIsThere() async throws {
    let build = try await BuildCase(
      title: "", buildspec: .building("echo > log; exit 1") + "artifacts: {files: [log]}\n", status: .failed,
      failing: [.build]
    ).check()
    #expect(try await build.entries(of: "artifacts/artifacts.zip") == ["log"])
  }

  @Test(arguments: [SandboxSettings.Mode.off, .strict])
  func theUsersTreeStaysAsItWas(sandbox: SandboxSettings.Mode) async throws {
    let build = try await BuildCase(
      title: "",
      buildspec: .building("echo changed > kept; rm gone; mkdir new; cat kept") + "artifacts: {files: ['*']}\n",
      files: ["kept": "as it was\n", "gone": "still there\n"], says: ["changed"]
    ).check(sandbox)
    let source = build.place.source
    #expect(try FileManager.default.contentsOfDirectory(atPath: source).sorted() == ["buildspec.yml", "gone", "kept"])
    #expect(try String(contentsOfFile: source + "/kept", encoding: .utf8) == "as it was\n")
    #expect(try await build.entries(of: "artifacts/artifacts.zip") == ["buildspec.yml", "kept"])
  }
}
