import TestSupport
import Testing

@testable import JourneymanCommandLine

@Suite(.takingTurns) struct ArgumentParserTests {
  private func parse(_ command: CommandDefinition, _ words: [String]) throws -> ParsedArguments {
    var parser = ArgumentParser(command)
    guard case .arguments(let arguments) = try parser.parse(words) else {
      throw CommandFailure(.usage, "help instead of arguments")
    }
    return arguments
  }

  private func failure(_ command: CommandDefinition, _ words: [String]) -> CommandLineError? {
    #expect(throws: CommandLineError.self) { try parse(command, words) }
  }

  @Test(arguments: [
    ["--output", "out", "dir", "--json"], ["dir", "--output=out", "--json"], ["--json", "-o", "out", "dir"],
    ["-oout", "--json", "--", "dir"], ["--output", "first", "--json", "dir", "--output", "out"],
  ])
  func optionsMayStandAnywhereInEverySpelling(words: [String]) throws {
    let arguments = try parse(SampleProgram.build, words)
    #expect(try arguments[SampleProgram.output] == "out")
    #expect(try arguments[SampleProgram.json])
    #expect(try arguments[SampleProgram.directory] == "dir")
  }

  @Test func absentArgumentsHaveTheirEmptyValue() throws {
    let arguments = try parse(SampleProgram.build, [])
    #expect(try arguments[SampleProgram.json] == false)
    #expect(try arguments[SampleProgram.output] == nil)
    #expect(try arguments[SampleProgram.directory] == nil)
    #expect(try arguments[SampleProgram.environment] == [])
    #expect(!arguments.contains(SampleProgram.json))
  }

  @Test func shortFlagsMayBeBundledBeforeAnOptionsValue() throws {
    let arguments = try parse(SampleProgram.build, ["-qvoout"])
    #expect(try arguments[SampleProgram.quiet] && arguments[SampleProgram.verbose])
    #expect(try arguments[SampleProgram.output] == "out")
  }

  @Test func afterTwoDashesEverythingIsAnOperand() throws {
    let arguments = try parse(SampleProgram.copy, ["-r", "k", "--", "--json", "-x", "there"])
    #expect(try arguments[SampleProgram.files] == ["--json", "-x"])
    #expect(try arguments[SampleProgram.target] == "there")
  }

  @Test func aSingleDashIsAnOperandAndAValueMayStartWithADash() throws {
    let arguments = try parse(SampleProgram.build, ["-", "--output", "--json"])
    #expect(try arguments[SampleProgram.directory] == "-")
    #expect(try arguments[SampleProgram.output] == "--json")
    #expect(try arguments[SampleProgram.json] == false)
  }

  @Test func repeatedOptionsKeepTheirOrderAndValuesMayHoldEqualsSigns() throws {
    let arguments = try parse(SampleProgram.build, ["--env", "A=1", "--env=B=x=y", "--env", "C="])
    let pairs = try arguments[SampleProgram.environment]
    #expect(pairs.map(\.name) == ["A", "B", "C"])
    #expect(pairs.map(\.value) == ["1", "x=y", ""])
  }

  @Test func valuesAreTyped() throws {
    let arguments = try parse(SampleProgram.build, ["--timeout=1h30m", "--count", "-3", "--mode", "basic"])
    #expect(try arguments[SampleProgram.timeout] == .seconds(5400))
    #expect(try arguments[SampleProgram.count] == -3)
    #expect(try arguments[SampleProgram.mode] == .basic)
  }

  @Test(arguments: [
    (["--jsno"], CommandLineError.Code.unknownOption, "unknown option '--jsno'; did you mean '--json'?"),
    (["--zzzzzz"], .unknownOption, "unknown option '--zzzzzz'"),
    (["-json"], .unknownOption, "unknown option '-j'; did you mean '--json'?"),
    (["--json=yes"], .unexpectedValue, "option '--json' takes no value"),
    (["--output"], .missingValue, "option '--output' needs a value DIR"),
    (["-o"], .missingValue, "option '-o' needs a value DIR"),
    (["a", "b"], .unexpectedOperand, "unexpected operand 'b'"),
    (["--count", "many"], .invalidValue, "option '--count': 'many' is not a whole number"),
    (["--timeout", "soon"], .invalidValue, "option '--timeout': 'soon' is not a duration such as 90s, 15m or 1h30m"),
    (
      ["--mode=strcit"], .invalidValue,
      "option '--mode': 'strcit' is not one of strict, basic, off; did you mean 'strict'?"
    ),
    (["--env", "=x"], .invalidValue, "option '--env': '=x' is not of the form NAME=VALUE"),
  ])
  func mistakesAreNamed(words: [String], code: CommandLineError.Code, message: String) {
    let error = failure(SampleProgram.build, words)
    #expect(error?.code == code)
    #expect(error?.message == message)
  }

  @Test func requiredArgumentsAreNamedWhenMissing() {
    #expect(failure(SampleProgram.copy, ["-r", "k", "only"])?.message == "missing operand FILE")
    #expect(failure(SampleProgram.copy, ["a", "b"])?.message == "missing option '--recipient KEY'")
  }

  @Test func helpWinsOverMissingOperands() throws {
    for words in [["--help"], ["-h"], ["-r", "k", "-h"]] {
      var parser = ArgumentParser(SampleProgram.copy)
      #expect(try parser.parse(words) == .help)
    }
  }
}
