import Foundation
import JourneymanActionKit
import JourneymanActionSupport
import Testing

/// The samples of formats whose tools are not at hand, as their documentation and their projects' tests show them.
enum ReportFixture {
  static let folder =
    String(#filePath.dropLast("/ActionSupportTests/Reports/ReportFixture.swift".count)) + "/Fixtures/reports"

  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
  }

  static func read(_ name: String, as format: ReportFormat? = nil) throws -> ReportContent {
    try ReportReader.read(try bytes(name), name: name, format: format)
  }

  static let all = [
    "junit.xml", "nunit2.xml", "nunit3.xml", "visualstudio.trx", "testng.xml", "cucumber.json", "clover.xml",
    "clover-without-files.xml", "cobertura.xml", "jacoco.xml", "coverage.json", "resultset.json", "scan.sarif",
  ]
}

/// A report of one suite as text, for comparing.
func verdicts(_ content: ReportContent) -> [String] {
  content.cases.map { "\($0.identifier) \($0.status.rawValue)\($0.flaky == true ? " flaky" : "")" }
}

func read(_ text: String, as format: ReportFormat? = nil) throws -> ReportContent {
  try ReportReader.read(Array(text.utf8), name: "report", format: format)
}

/// The code of the error that reading ends with.
func refusal(_ bytes: [UInt8], as format: ReportFormat? = nil) -> ReportError? {
  do throws(ReportError) {
    _ = try ReportReader.read(bytes, name: "report", format: format)
    return nil
  } catch {
    return error
  }
}
