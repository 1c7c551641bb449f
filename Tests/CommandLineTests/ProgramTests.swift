import TestSupport
import Testing

@testable import JourneymanCommandLine

@Suite(.takingTurns) struct ProgramTests {
  private func printed(_ words: [String]) throws -> String {
    var path = ["sample"]
    guard case .print(let text) = try SampleProgram.program.request(words, path: &path) else {
      throw CommandFailure(.usage, "ran instead of printing")
    }
    return text
  }

  private func failure(_ words: [String]) -> String? {
    var path = ["sample"]
    let error = #expect(throws: CommandLineError.self) {
      try SampleProgram.program.request(words, path: &path)
    }
    return error?.message
  }

  @Test func theSubcommandIsFound() throws {
    var path = ["sample"]
    guard case .run(_, let arguments, let found) = try SampleProgram.program.request(["build", "x"], path: &path) else {
      Issue.record("printed instead of running")
      return
    }
    #expect(found == ["sample", "build"])
    #expect(try arguments[SampleProgram.directory] == "x")
  }

  @Test func versionIsPrinted() throws { #expect(try printed(["--version"]) == "sample 1.2.3\n") }

  @Test(arguments: [["help", "key", "generate"], ["key", "generate", "--help"], ["key", "generate", "-h"]])
  func everyWayToHelpLeadsToTheSameText(words: [String]) throws {
    #expect(try printed(words).hasPrefix("Make a key.\n\nUsage: sample key generate\n"))
  }

  @Test func helpListsCommandsButNotHiddenOnes() throws {
    let text = try printed(["help"])
    #expect(text.contains("  build  Build.\n"))
    #expect(!text.contains("secret"))
    #expect(try printed(["--help"]) == text)
  }

  @Test func hiddenCommandsRun() async {
    #expect(await SampleProgram.program.run(["secret"]) == 0)
  }

  @Test(arguments: [
    (["buidl"], "unknown command 'buidl'; did you mean 'build'?"),
    (["key", "genrate"], "unknown command 'genrate'; did you mean 'generate'?"),
    (["help", "coyp"], "unknown command 'coyp'; did you mean 'copy'?"),
    (["--verison"], "unknown option '--verison' before a command; did you mean '--version'?"),
    ([], "a command is missing; there are: build, copy, key"),
    (["key"], "a command is missing; there are: generate"),
  ])
  func mistakesAreNamed(words: [String], message: String) { #expect(failure(words) == message) }

  @Test func exitStatusesAreThoseOfTheContract() async {
    #expect(await SampleProgram.program.run(["build"]) == 1)
    #expect(await SampleProgram.program.run(["copy", "a", "b", "-r", "k"]) == 3)
    #expect(await SampleProgram.program.run(["build", "--jsno"]) == 2)
    #expect(ProgramStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 124, 130])
  }

  @Test func helpIsNeverWiderThanEightyColumns() throws {
    for words in [["help"], ["help", "build"], ["help", "copy"], ["help", "key"]] {
      for line in try printed(words).split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }
  }

  @Test func wrappingBreaksAtSpacesAndKeepsIndentedBlocks() {
    let text = TextWrapping.wrap(String(repeating: "word ", count: 30) + "\n\n  kept   as it is", indent: 2)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.map(\.count) == [76, 76, 0, 19])
    #expect(lines.last == "    kept   as it is")
  }
}
