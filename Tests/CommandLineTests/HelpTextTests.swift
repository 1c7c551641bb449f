import Foundation
import TestSupport
import Testing

/// The help of every command of our programs, compared with the files in `Tests/Fixtures/help`.
///
/// `JOURNEYMAN_RECORD=1 swift test --filter HelpTextTests` writes the files anew; read the difference before you
/// commit it.
@Suite(.takingTurns) struct HelpTextTests {
  private static let fixtures = #filePath.replacing("CommandLineTests/HelpTextTests.swift", with: "Fixtures/help")
  private static let records = ProcessInfo.processInfo.environment["JOURNEYMAN_RECORD"] == "1"

  private func help(_ words: [String]) async throws -> String {
    let outcome = try await TestProgram.run(try TestProgram.products + "/journeyman", ["help"] + words)
    try #require(outcome.status == 0, "help \(words): \(outcome.errors)")
    #expect(outcome.errors.isEmpty)
    return outcome.output
  }

  /// The names under "Commands:".
  private func commands(in help: String) -> [String] {
    guard let list = help.firstRange(of: "\nCommands:\n") else { return [] }
    let lines = help[list.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
    return lines.prefix { !$0.isEmpty }.compactMap { line in
      line.hasPrefix("  ") && !line.hasPrefix("   ") ? line.split(separator: " ").first.map(String.init) : nil
    }
  }

  /// Every command there is, with its help.
  private func texts(beneath words: [String] = []) async throws -> [(words: [String], help: String)] {
    let own = try await help(words)
    var all = [(words: words, help: own)]
    for name in commands(in: own) { all += try await texts(beneath: words + [name]) }
    return all
  }

  @Test func everyHelpTextIsAsRecorded() async throws {
    let texts = try await texts()
    try #require(texts.count > 3, "the list of commands was not understood")
    var expected: Set<String> = []
    for text in texts {
      let name = (["journeyman"] + text.words).joined(separator: "-") + ".txt"
      let path = Self.fixtures + "/" + name
      expected.insert(name)
      if Self.records {
        try FileManager.default.createDirectory(atPath: Self.fixtures, withIntermediateDirectories: true)
        try Data(text.help.utf8).write(to: URL(fileURLWithPath: path))
      }
      let recorded = try? String(contentsOfFile: path, encoding: .utf8)
      #expect(text.help == recorded, "\(name) differs; see how to record it above")
    }
    let present = try FileManager.default.contentsOfDirectory(atPath: Self.fixtures)
    #expect(Set(present) == expected, "files of commands that are gone, or not recorded")
  }

  @Test func everyHelpTextFitsItsPage() async throws {
    for text in try await texts() {
      let name = text.words.joined(separator: " ")
      #expect(text.help.contains("\nUsage: journeyman"), "\(name)")
      #expect(text.help.hasSuffix("\n") && !text.help.hasSuffix("\n\n"), "\(name)")
      for line in text.help.split(separator: "\n") { #expect(line.count <= 80, "\(name): \(line)") }
      if commands(in: text.help).isEmpty { #expect(text.help.contains("\nExamples:\n"), "\(name) shows no example") }
    }
  }

  @Test func theOptionAndTheCommandPrintTheSame() async throws {
    for words in [[], ["validate"], ["key", "generate"]] {
      let outcome = try await TestProgram.run(try TestProgram.products + "/journeyman", words + ["--help"])
      #expect(outcome.output == (try await help(words)))
    }
  }

  @Test func aFullStandardOutputIsAnError() async throws {
    let journeyman = try TestProgram.products + "/journeyman"
    let outcome = try await TestProgram.run("/bin/sh", ["-c", "'\(journeyman)' --help > /dev/full"])
    #expect(outcome.status == 3)
    #expect(outcome.errors.contains("No space left on device"))
  }
}
