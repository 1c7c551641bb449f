import JourneymanActionKit

/// Gathers what a reader finds, within ``ReportLimits``.
final class ReportCollector {
  private(set) var content: ReportContent
  private var lines = 0
  private var messageBytes = 0

  init(format: ReportFormat) { content = ReportContent(format: format) }

  func add(_ test: ReportCase) throws {
    if content.cases.count >= ReportLimits.entries {
      throw ReportError(.limit, "it has more than \(ReportLimits.entries) tests")
    }
    var test = test
    test.suite = Self.name(test.suite)
    test.className = test.className.flatMap { $0.isEmpty ? nil : Self.name($0) }
    test.name = test.name.isEmpty ? "(no name)" : Self.name(test.name)
    test.message = test.status == .succeeded ? nil : test.message.flatMap { message($0) }
    content.cases.append(test)
  }

  func add(_ finding: ReportFinding) throws {
    if content.findings.count >= ReportLimits.entries {
      throw ReportError(.limit, "it has more than \(ReportLimits.entries) findings")
    }
    var finding = finding
    finding.message = message(finding.message) ?? ""
    finding.rule = Self.name(finding.rule)
    finding.file = finding.file.map(Self.name)
    content.findings.append(finding)
  }

  func cover(_ file: String, line number: Int, _ line: ReportCoverage.Line) throws {
    guard number > 0, let number = Int32(exactly: number) else { return }
    lines += 1
    if lines > ReportLimits.lines { throw ReportError(.limit, "it has more than \(ReportLimits.lines) lines of code") }
    let path = Self.name(file)
    let old = content.coverage.files[path, default: .init()].byNumber[number]
    content.coverage.files[path, default: .init()].byNumber[number] = old?.merged(line) ?? line
  }

  /// States what lines do not tell; `nil` for a file that only has to be listed.
  func state(_ file: String?, lines: ActionReport.Coverage? = nil, branches: ActionReport.Coverage? = nil) {
    if let file {
      var entry = content.coverage.files[Self.name(file), default: .init()]
      entry.statedLines = lines ?? entry.statedLines
      entry.statedBranches = branches ?? entry.statedBranches
      content.coverage.files[Self.name(file)] = entry
    } else {
      content.coverage.stated.statedLines = lines ?? content.coverage.stated.statedLines
      content.coverage.stated.statedBranches = branches ?? content.coverage.stated.statedBranches
    }
  }

  /// Turns classes that became known late into the tests' own (`classes` by the index of a test).
  func setClasses(_ classes: [Int: String]) {
    for (index, name) in classes where content.cases.indices.contains(index) {
      content.cases[index].className = Self.name(name)
    }
  }

  func warn(_ text: String) {
    if content.warnings.count < 100 { content.warnings.append(text) }
  }

  private func message(_ text: String) -> String? {
    let trimmed = String(text.prefix(ReportLimits.messageCharacters))
    messageBytes += trimmed.utf8.count
    return trimmed.isEmpty || messageBytes > ReportLimits.messageBytes ? nil : trimmed
  }

  private static func name(_ text: String) -> String {
    text.utf8.count <= ReportLimits.nameCharacters ? text : String(text.prefix(ReportLimits.nameCharacters))
  }
}
