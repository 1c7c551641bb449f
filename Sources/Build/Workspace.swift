import Foundation
import JourneymanBuildModel
import JourneymanSupport

/// The directory with the source of one build, on this machine.
struct Workspace: Sendable {
  /// The directory's absolute path, as the worker sees it.
  let directory: String
  /// What the source is.
  let revision: SourceRevision
  /// Whose directory it is, and what the build does to it.
  let kind: Kind
  /// Directories that the source's repository borrows objects from.
  var mirrors: [String] = []
  /// What a checkout tells the build about its source.
  var variables: [String: String] = [:]
  /// The directory itself, where its path means nothing to this process.
  var root: OpenDirectory?

  /// Whose directory a workspace is.
  enum Kind: Sendable {
    /// The build's own.
    case own
    /// A user's, in which the build works.
    case userDirectory
    /// A user's, of which the build sees a private view.
    case view
    /// That of a job which asked for the build; only the job reaches it by its path.
    case caller
  }

  /// The largest buildspec that is read, in bytes; a parser with a smaller limit says so in its own words.
  private static let largestBuildspec = 64 << 20

  /// A buildspec as it was found.
  struct BuildspecFile {
    /// What messages call it.
    let name: String
    /// Its content.
    let bytes: [UInt8]
  }

  /// Finds and reads the buildspec.
  ///
  /// - Parameter path: relative to the source, which it cannot leave, or absolute; `nil` is `buildspec.yml`, else
  ///   `buildspec.yaml`.
  /// - Throws: ``BuildError`` in CodeBuild's words when it does not exist.
  func readBuildspec(_ path: String?) throws -> BuildspecFile {
    let candidates = path.map { [$0] } ?? ["buildspec.yml", "buildspec.yaml"]
    for candidate in candidates {
      do throws(SystemError) {
        return BuildspecFile(name: candidate, bytes: try read(candidate))
      } catch {
        if error.number == ENOENT { continue }
        throw BuildError(.buildspec, "\(error)", underlying: error)
      }
    }
    let shown = candidates[0].hasPrefix("/") ? candidates[0] : directory + "/" + candidates[0]
    throw BuildError(
      .buildspec, "YAML file does not exist: stat \(shown): no such file or directory; name another by --buildspec")
  }

  private func read(_ path: String) throws(SystemError) -> [UInt8] {
    if let root { return try read(path, beneath: root.descriptor.number) }
    if path.hasPrefix("/") { return try FileSystem.read(path, limit: Self.largestBuildspec) }
    let root = try FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY)
    return try read(path, beneath: root.number)
  }

  private func read(_ path: String, beneath root: Int32) throws(SystemError) -> [UInt8] {
    let file = try FileSystem.openBeneath(
      root, path, flags: O_RDONLY | O_NONBLOCK, followSymlinks: true)
    return try FileSystem.readAll(file.number, limit: Self.largestBuildspec, name: path)
  }
}
