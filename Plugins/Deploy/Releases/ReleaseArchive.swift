import JourneymanActionKit
import JourneymanActionSupport

/// A release packed by `tar`, to be sent elsewhere. Owners are left out, modes and times are kept.
enum ReleaseArchive {
  /// Packs a tree into the action's output directory.
  ///
  /// - Parameters:
  ///   - name: the archive's file name.
  ///   - isCompressed: whether by gzip.
  /// - Throws: `PluginError` when something cannot be read or packed.
  static func pack(_ tree: SourceTree, as name: String, isCompressed: Bool, _ context: ActionContext) async throws {
    // A copy first: the archive is packed where the workspace is out of reach, and from what can no longer change.
    let copy = try context.output.path(of: "release")
    try FileWork.makeDirectory(copy)
    try await tree.copy(to: copy)
    let script = """
      set -eu
      tar -c\(isCompressed ? "z" : "")f "$1" --format=gnu --sort=name --owner=0 --group=0 --numeric-owner \
      -C release .
      rm -rf release
      """
    let result = try await context.run(ProcessRequest("/bin/sh", ["-c", script, "pack", name], place: .own))
    if !result.isSuccess { throw PluginError(.process, "tar could not pack the release (status \(result.exitCode))") }
  }
}
