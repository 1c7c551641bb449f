import JourneymanCommandLine

/// A program with one command of each shape.
enum SampleProgram {
  enum Mode: String, ArgumentValue, CaseIterable { case strict, basic, off }

  static let directory = Declare.optionalOperand("DIR", help: "The directory.")
  static let json = Declare.flag("json", help: "Print JSON.")
  static let quiet = Declare.flag("quiet", short: "q", help: "Print less.")
  static let verbose = Declare.flag("verbose", short: "v", help: "Print more.")
  static let output = Declare.option("output", short: "o", "DIR", help: "Where results go.")
  static let timeout = Declare.option("timeout", "DURATION", as: Duration.self, help: "The limit.")
  static let count = Declare.option("count", "N", as: Int.self, help: "How many.")
  static let mode = Declare.option("mode", "MODE", as: Mode.self, help: "strict, basic or off.")
  static let environment = Declare.repeatedOption("env", "K=V", as: Assignment.self, help: "A variable.")
  static let build = CommandDefinition(
    "build", summary: "Build.",
    arguments: [directory, json, quiet, verbose, output, timeout, count, mode, environment]
  ) { _ in .buildFailed }

  static let files = Declare.operands("FILE", help: "The files.")
  static let target = Declare.operand("TARGET", help: "Where to.")
  static let recipients = Declare.repeatedOption("recipient", short: "r", "KEY", atLeastOne: true, help: "For whom.")
  static let copy = CommandDefinition(
    "copy", summary: "Copy.", arguments: [files, target, recipients]
  ) { _ in throw CommandFailure(.infrastructure, "the store is gone") }

  static let generate = CommandDefinition("generate", summary: "Make a key.") { _ in .success }
  static let secret = CommandDefinition("secret", summary: "Hidden.", isHidden: true) { _ in .success }

  static let program = Program(
    CommandDefinition(
      "sample", summary: "A sample.",
      subcommands: [build, copy, CommandDefinition("key", summary: "Keys.", subcommands: [generate]), secret]),
    version: "1.2.3")
}
