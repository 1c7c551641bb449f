import Foundation
import JourneymanJob
import JourneymanSupport

/// What one command leaves to the next: exported variables and the working directory, kept in two files that the
/// shells of the build read and write (CodeBuild's shape, `specs/BUILDSPEC.md` §5).
///
/// The files belong to the build, so their content is untrusted: only shells of the build source the environment, and
/// what the worker itself reads is bounded and never followed through a link.
struct ShellState {
  /// The directory of the files as the worker sees it.
  let hostDirectory: String
  /// The same directory as the build's commands see it.
  let directory: String

  /// The longest working directory that is taken over, in bytes.
  private static let longestPath = 64 << 10
  /// The most environment that is kept for a phase that is tried again, in bytes.
  private static let largestEnvironment = 16 << 20

  /// The names of the files.
  static let files = JobPlace.stateFiles

  var environmentFile: String { directory + "/env.sh" }
  var workingDirectoryFile: String { directory + "/cwd" }
  var scriptFile: String { directory + "/script.sh" }
  var valueFile: String { directory + "/value" }

  /// Begins a build: the variables are exported to every command, the first of which starts in `workingDirectory`.
  func begin(variables: [String: String], workingDirectory: String) throws(SystemError) {
    try write(Array(Self.exports(variables).utf8), to: "env.sh")
    try write(Array(workingDirectory.utf8), to: "cwd")
  }

  /// Sets variables for the commands that follow.
  func export(_ variables: [String: String]) throws(SystemError) {
    let root = try openDirectory()
    let file = try FileSystem.openBeneath(root.number, "env.sh", flags: O_WRONLY | O_APPEND | O_NONBLOCK)
    try FileSystem.writeAll(Array(Self.exports(variables).utf8), to: file.number, name: environmentFile)
  }

  /// The directory in which the next command starts.
  func workingDirectory() throws(SystemError) -> String {
    var bytes = try read("cwd", limit: Self.longestPath)
    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Writes the script of the next command.
  func writeScript(_ text: String) throws(SystemError) { try write(Array(text.utf8), to: "script.sh") }

  /// Takes what a script has written to ``valueFile``.
  func takeValue(limit: Int) throws(SystemError) -> [UInt8] {
    let bytes = try read("value", limit: limit)
    try write([], to: "value")
    return bytes
  }

  /// What a phase that is tried again starts from.
  struct Snapshot {
    fileprivate let environment: [UInt8]
    fileprivate let workingDirectory: [UInt8]
  }

  /// Remembers the present state.
  func snapshot() throws(SystemError) -> Snapshot {
    Snapshot(
      environment: try read("env.sh", limit: Self.largestEnvironment),
      workingDirectory: try read("cwd", limit: Self.longestPath))
  }

  /// Goes back to a remembered state.
  func restore(_ snapshot: Snapshot) throws(SystemError) {
    try write(snapshot.environment, to: "env.sh")
    try write(snapshot.workingDirectory, to: "cwd")
  }

  private func openDirectory() throws(SystemError) -> OwnedDescriptor {
    try FileSystem.open(hostDirectory, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  }

  private func read(_ name: String, limit: Int) throws(SystemError) -> [UInt8] {
    let root = try openDirectory()
    let file = try FileSystem.openBeneath(root.number, name, flags: O_RDONLY | O_NONBLOCK)
    var status = stat()
    if fstat(file.number, &status) != 0 || status.st_mode & S_IFMT != S_IFREG {
      throw SystemError("read \(directory)/\(name): it is no regular file", number: EINVAL)
    }
    return try FileSystem.readAll(file.number, limit: limit, name: directory + "/" + name)
  }

  /// Overwrites in place: the build's user owns the files, the worker may be another.
  private func write(_ bytes: [UInt8], to name: String) throws(SystemError) {
    let root = try openDirectory()
    let file = try FileSystem.openBeneath(
      root.number, name, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, mode: 0o600)
    try FileSystem.writeAll(bytes, to: file.number, name: directory + "/" + name)
  }

  private static func exports(_ variables: [String: String]) -> String {
    variables.sorted { $0.key < $1.key }
      .map { "export \($0.key)=\(ShellQuoting.literal($0.value))\n" }.joined()
  }
}
