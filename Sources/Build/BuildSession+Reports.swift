import Foundation
import JourneymanActionKit
import JourneymanActionSupport
import JourneymanArtifacts
import JourneymanBuildModel
import JourneymanBuildspec
import JourneymanSupport

/// The buildspec's `reports`: collected, read, and kept in the form that all reports have.
extension BuildSession {
  /// Collects and reads the files of a report group. A report that cannot be collected or read is a warning: only
  /// commands fail a build.
  mutating func collect(_ report: Buildspec.ReportGroup, from site: BuildSite) async {
    do {
      let name = try ArtifactName.check(try await expand(report.name, at: site).replacing("/", with: "-"))
      let rules = try await expanded(
        CollectionRules(
          files: report.files, baseDirectory: report.baseDirectory ?? ".", discardPaths: report.discardsPaths), at: site
      )
      let (ending, folder) = (ending, "reports/" + name)
      let path = request.outputDirectory + "/" + folder
      let root = try await site.open(site.sourceDirectory)
      let files = try await runBlocking {
        let collector = ArtifactCollector(
          root: root.descriptor.number, workspacePath: site.sourceDirectory, isCancelled: { ending.reason != nil },
          log: { _ in })
        let collection = try collector.collect(rules)
        try FolderWriter(isCancelled: { ending.reason != nil }).write(
          collection, beneath: root.descriptor.number, into: path)
        return collection.files.map(\.name)
      }
      var entry = ActionReport(
        name: report.name, format: report.format.rawValue, files: files.map { folder + "/" + $0 })
      if let summary = try await read(report, named: name, files, in: path) { entry = summary }
      reports.append(ReportResult(entry))
    } catch {
      link.emit(.message(.warning, "report \(report.name): \(error)"))
    }
  }

  /// What is read of one group at most; the rest is kept, but not counted.
  private static let mostFiles = 10_000

  /// Reads what was collected, and keeps `reports/<name>.json`.
  ///
  /// - Returns: `nil` when nothing of it could be read.
  private func read(
    _ report: Buildspec.ReportGroup, named name: String, _ files: [String], in path: String
  ) async throws -> ActionReport? {
    guard let format = ReportFormat(name: report.format.rawValue) else { return nil }
    let folder = try WorkspaceFiles(directory: path)
    var contents: [ReportContent] = []
    var (read, problems): ([String], [String]) = ([], [])
    for file in files.prefix(Self.mostFiles) {
      if ending.reason != nil { throw CancellationError() }
      do {
        let content = try await ReportReader.load(try folder.open(file), format: format)
        problems += content.warnings.map { "\(file): \($0)" }
        contents.append(content)
        read.append(file)
      } catch {
        problems.append("\(error)")
      }
    }
    if files.count > Self.mostFiles { problems.append("only \(Self.mostFiles) of \(files.count) files were read") }
    for problem in problems.prefix(20) { link.emit(.message(.warning, "report \(report.name): \(problem)")) }
    if problems.count > 20 {
      link.emit(.message(.warning, "report \(report.name): \(problems.count - 20) more of its files have problems"))
    }
    if contents.isEmpty { return nil }
    let normal = NormalReport(name: report.name, format: format, files: read, contents: contents)
    let target = OutputFiles(path: request.outputDirectory + "/reports")
    let kept = try Self.freeName(name + ".json", in: target)
    try await target.write(normal.encoded(), to: kept)
    return normal.entry(files: files.map { "reports/\(name)/\($0)" } + ["reports/" + kept])
  }
}

extension ReportResult {
  /// What an action or a reader says, as an entry of `result.json`.
  init(_ report: ActionReport) {
    self.init(
      name: String(report.name.prefix(200)), format: String(report.format.prefix(64)), files: report.files)
    if let totals = report.totals {
      total = totals.total
      passed = totals.passed
      failed = totals.failed
      errors = totals.errors
      skipped = totals.skipped
      durationSeconds = totals.durationSeconds
    }
    lines = report.lines.map { Coverage(covered: $0.covered, total: $0.total) }
    branches = report.branches.map { Coverage(covered: $0.covered, total: $0.total) }
    findings = report.findings
  }
}
