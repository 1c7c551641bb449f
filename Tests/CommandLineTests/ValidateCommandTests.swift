import Foundation
import TestSupport
import Testing

/// `journeyman validate`, as a program.
@Suite(.takingTurns) struct ValidateCommandTests {
  private struct Answer: Decodable {
    struct File: Decodable {
      let file: String
      let valid: Bool
      let problems: [Problem]
    }
    struct Problem: Decodable {
      let severity: String
      let message: String
      let line: Int
      let column: Int
    }
    let valid: Bool
    let files: [File]
  }

  private func validate(_ texts: [String], _ options: [String] = []) async throws -> TestProgram.Outcome {
    let directory = NSTemporaryDirectory() + "journeyman-validate-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    var names: [String] = []
    for (index, text) in texts.enumerated() {
      names.append("\(index).yml")
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(index).yml"))
    }
    return try await TestProgram.run(
      try TestProgram.products + "/journeyman", ["validate"] + options + names, directory: directory)
  }

  private static let good = "version: 0.2\nphases:\n  build:\n    commands: [make]\n"
  private static let bad = "version: 0.2\nphases:\n  buld:\n    commands: [make]\n  finish: {}\ncolour: red\n"

  @Test func aGoodFileIsValid() async throws {
    let outcome = try await validate([Self.good])
    #expect(outcome.status == 0)
    #expect(outcome.output == "0.yml: valid\n")
    #expect(outcome.errors.isEmpty)
  }

  @Test func everyProblemOfEveryFileIsPrinted() async throws {
    let outcome = try await validate([Self.bad, Self.good])
    #expect(outcome.status == 2)
    for line in [
      "0.yml:3:3: error: Invalid buildspec phase name: buld", "0.yml:5:3: error: Invalid buildspec phase name: finish",
      "0.yml:6:1: warning: unknown key 'colour'", "0.yml: not valid\n", "1.yml: valid\n",
    ] { #expect(outcome.output.contains(line), "\(line) is not in \(outcome.output)") }
  }

  @Test func jsonHoldsTheSame() async throws {
    let outcome = try await validate([Self.bad, Self.good], ["--json"])
    #expect(outcome.status == 2)
    let answer = try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
    #expect(!answer.valid)
    #expect(answer.files.map(\.file) == ["0.yml", "1.yml"])
    #expect(answer.files.map(\.valid) == [false, true])
    #expect(answer.files[0].problems.map(\.line) == [3, 5, 6])
    #expect(answer.files[0].problems.map(\.severity) == ["error", "error", "warning"])
  }

  @Test func aMissingFileIsAProblemLikeOthers() async throws {
    let outcome = try await TestProgram.run(
      try TestProgram.products + "/journeyman", ["validate", "/nonexistent.yml"])
    #expect(outcome.status == 2)
    #expect(outcome.output.contains("/nonexistent.yml:1:1: error: YAML file does not exist"))
  }

  @Test func withoutAFileItIsAUsageError() async throws {
    let outcome = try await TestProgram.run(try TestProgram.products + "/journeyman", ["validate"])
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors == "journeyman validate: missing operand FILE (try 'journeyman help validate')\n")
  }
}
