import Foundation
import TestSupport
import Testing

@testable import JourneymanConfiguration

/// The `agent.conf` of the repository, which documents every key.
@Suite struct AnnotatedConfigurationTests {
  private let text: String
  init() throws {
    text = try String(
      contentsOfFile: #filePath.replacing(
        "Tests/ConfigurationTests/AnnotatedConfigurationTests.swift",
        with: "agent.conf"), encoding: .utf8)
  }

  /// The file with every setting switched on.
  private var enabled: String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix(";") ? String($0.dropFirst()) : String($0) }.joined(separator: "\n")
  }

  @Test func asItStandsItChangesNothing() throws {
    let fixture = try ConfigurationFixture()
    let path = try fixture.write(text)
    #expect(try GitConfigurationReader.entries(of: path).isEmpty)
  }

  @Test func switchedOnItIsValidAndHasEveryKeyThereIs() throws {
    let fixture = try ConfigurationFixture()
    let path = try fixture.write(enabled)
    _ = try ConfigurationFile.read(path)
    let found = Set(
      try GitConfigurationReader.entries(of: path).map { entry in
        (entry.subsection == nil ? entry.section : entry.section + ".*") + "." + entry.key
      })
    let known = Set(KnownSections.keys.flatMap { section, keys in keys.map { section + "." + $0.lowercased() } })
    #expect(found == known)
  }

  @Test func gitReadsTheSameVariables() async throws {
    let fixture = try ConfigurationFixture()
    let path = try fixture.write(enabled)
    let git = try #require(TestProgram.find("git"), "git is not installed; .ci/setup installs it")
    let listed = try await TestProgram.run(git, ["config", "-f", path, "--list"])
    let ours = try GitConfigurationReader.entries(of: path).map { entry in
      [entry.section, entry.subsection, entry.key].compactMap { $0 }.joined(separator: ".") + "=" + (entry.value ?? "")
    }
    #expect(listed.status == 0)
    #expect(listed.output.split(separator: "\n").map(String.init) == ours)
  }
}
