import Foundation
public import JourneymanBuildModel
import JourneymanSupport

/// The directory that receives what a build leaves: `log.txt`, `events.jsonl`, `result.json`, `manifest.json`,
/// `artifacts/`, `reports/`.
public struct OutputDirectory: Sendable {
  /// The directory's absolute path.
  public let path: String

  /// Names a directory, which need not exist yet.
  public init(path: String) { self.path = path }

  var log: String { path + "/log.txt" }
  var events: String { path + "/events.jsonl" }
  /// The final result; it exists only when everything else is complete.
  public var result: String { path + "/result.json" }
  /// Finished artifacts.
  public var artifacts: String { path + "/artifacts" }

  /// Makes the directory, and removes the result of an earlier build from it, so that a result always belongs to the
  /// files beside it.
  ///
  /// - Throws: ``KeeperError`` when the directory cannot be made or written.
  public func prepare() throws {
    do throws(SystemError) {
      try FileSystem.makeDirectories(path, mode: 0o755)
      if unlink(result) != 0 && errno != ENOENT { throw SystemError("remove \(result)") }
      let stale = [
        OutputLayout.artifacts, OutputLayout.copies, "reports", "tasks", "manifest.json", "provenance.json",
      ]
      for name in stale { try FileSystem.removeTree(path + "/" + name) }
      try FileSystem.makeDirectories(artifacts)
    } catch {
      throw KeeperError(
        .output, "\(error); give another directory by --output or mend its permissions", underlying: error)
    }
  }

  /// Writes `result.json` in one step.
  ///
  /// - Throws: ``KeeperError``.
  public func write(_ result: BuildResult) throws {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try FileSystem.writeAtomically(Array(try encoder.encode(result)) + [UInt8(ascii: "\n")], to: self.result)
    } catch {
      throw KeeperError(.output, "the result could not be written: \(error)", underlying: error)
    }
  }
}
