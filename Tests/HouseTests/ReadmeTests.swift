import Foundation
import TestSupport
import Testing

/// The README says only what is there.
@Suite struct ReadmeTests {
  private let readme: String
  init() throws { readme = try Repository.text("README.md") }

  /// The lines of the shell blocks, without comments.
  private var commandLines: [String] {
    var isShell = false
    return readme.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line in
      if line.hasPrefix("```") {
        isShell = line == "```sh"
        return nil
      }
      let text = line.split(separator: "  #", maxSplits: 1).first.map(String.init) ?? ""
      return isShell && !text.isEmpty ? text : nil
    }
  }

  @Test func bothCommandsStandThereAsTheyAreRun() {
    #expect(commandLines.contains(".ci/setup && swift run -c release journeyman run Tests/Fixtures/hello"))
    #expect(commandLines.contains(".ci/setup && swift test"))
  }

  @Test func everyCommandAndOptionExists() async throws {
    let journeyman = try TestProgram.products + "/journeyman"
    let lines = commandLines.filter { $0.hasPrefix("journeyman ") }
    try #require(lines.count > 10, "the search for command lines is broken")
    for line in lines {
      let words = line.split(separator: " ").dropFirst().prefix { $0 != "|" && $0 != ">" }.map(String.init)
      let outcome = try await TestProgram.run(journeyman, ["help"] + words.prefix(1))
      try #require(outcome.status == 0, "\(line): \(outcome.errors)")
      var help = outcome.output
      var depth = 1
      while help.contains("\nCommands:\n"), words.count > depth {
        depth += 1
        let nested = try await TestProgram.run(journeyman, ["help"] + words.prefix(depth))
        try #require(nested.status == 0, "\(line): \(nested.errors)")
        help = nested.output
      }
      for option in words where option.hasPrefix("-") {
        #expect(help.contains("\(option) ") || help.contains("\(option),"), "\(line): there is no \(option)")
      }
    }
  }

  @Test func everyCommandIsExplained() async throws {
    let help = try await TestProgram.run(try TestProgram.products + "/journeyman", ["help"]).output
    let list = try #require(help.firstRange(of: "\nCommands:\n")).upperBound
    let names = help[list...].split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
      .compactMap { $0.hasPrefix("   ") ? nil : $0.split(separator: " ").first }
    try #require(names.count > 5)
    for name in names { #expect(readme.contains("journeyman \(name)"), "the README does not explain \(name)") }
  }

  @Test func theFilesItNamesExist() {
    for path in [".ci/setup", ".ci/run", ".ci/install", "Tests/Fixtures/hello", "Tests/HouseTests", "agent.conf"] {
      #expect(readme.contains(path))
      #expect(FileManager.default.fileExists(atPath: Repository.root + "/" + path))
    }
  }
}
