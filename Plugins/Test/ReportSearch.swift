import Foundation
import JourneymanActionKit
import JourneymanActionSupport

/// One report file and what it says.
struct LoadedReport: Sendable {
  let path: String
  let stamp: FileStamp
  /// Whether it was written since a moment that matters.
  let isFresh: Bool
  var content: ReportContent
}

/// What tells one state of a file from another.
struct FileStamp: Sendable, Hashable {
  private let numbers: [Int64]

  init(_ file: ActionFile) {
    var status = stat()
    guard fstat(file.descriptor, &status) == 0 else {
      numbers = []
      return
    }
    numbers = [
      Int64(bitPattern: UInt64(status.st_ino)), Int64(status.st_size), Int64(status.st_mtim.tv_sec),
      Int64(status.st_mtim.tv_nsec), Int64(status.st_ctim.tv_sec), Int64(status.st_ctim.tv_nsec),
    ]
  }
}

/// Finds and reads report files.
struct ReportSearch: Sendable {
  /// What was found.
  struct Found: Sendable {
    var reports: [LoadedReport] = []
    /// Reports that cannot be read: they may hide failures.
    var broken: [String] = []
    /// What was passed over or forgiven.
    var warnings: [String] = []
  }

  /// The most files that are opened.
  static let mostFiles = 10_000

  let patterns: [String]
  let excluded: [String]
  let format: ReportFormat?

  /// The files as they are now.
  func stamps(_ context: ActionContext) async throws -> [String: FileStamp] {
    var stamps: [String: FileStamp] = [:]
    for path in try await paths(context) {
      if let file = try? context.workspace.open(path) { stamps[path] = FileStamp(file) }
    }
    return stamps
  }

  /// Reads the files.
  ///
  /// - Parameters:
  ///   - unchanged: states of files in which they are not fresh.
  ///   - onlyFresh: whether others are passed over.
  func read(
    _ context: ActionContext, unchanged: [String: FileStamp], onlyFresh: Bool = false
  ) async throws -> Found {
    var found = Found()
    var notReports = 0
    for path in try await paths(context) {
      try Task.checkCancellation()
      do {
        let file = try context.workspace.open(path)
        let stamp = FileStamp(file)
        let isFresh = unchanged[path] != stamp
        if onlyFresh && !isFresh { continue }
        let content = try await ReportReader.load(file, format: format)
        found.warnings += content.warnings.map { "\(path): \($0)" }
        found.reports.append(LoadedReport(path: path, stamp: stamp, isFresh: isFresh, content: content))
      } catch let error as ReportError where error.code == .notAReport {
        notReports += 1
        if notReports <= 20 { found.warnings.append("passed over: \(error.message)") }
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        found.broken.append("\(error)")
      }
    }
    if notReports > 20 { found.warnings.append("passed over: \(notReports - 20) more files that are no reports") }
    return found
  }

  private func paths(_ context: ActionContext) async throws -> [String] {
    let paths = try await context.workspace.find(patterns, excluding: excluded)
    if paths.count > Self.mostFiles {
      throw PluginError(.failed, "the patterns match \(paths.count) files; at most \(Self.mostFiles) are read")
    }
    return paths
  }
}
