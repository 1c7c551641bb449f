import Foundation
import JourneymanSupport
import TestSupport

/// A file system in memory that only one script sees: mounted in a mount namespace of its own, as an ordinary user also
/// in a user namespace.
struct SmallFileSystem {
  let directory: String

  private static let namespaces = geteuid() == 0 ? ["-m"] : ["-U", "-r", "-m"]

  /// Whether this machine lets this user mount one.
  static let isPossible: Bool = {
    guard let unshare = TestProgram.find("unshare") else { return false }
    let words = [unshare] + namespaces + ["mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    let script = words.joined(separator: " ") + " >/dev/null 2>&1"
    guard let stream = popen(script, "r") else { return false }
    return pclose(stream) == 0
  }()

  /// Runs a shell script in a new file system, as its working directory. So much is free until the script removes the
  /// file `ballast`.
  func run(kibibytes: Int, _ script: String) async throws -> TestProgram.Outcome {
    try FileSystem.makeDirectories(directory)
    let size = 200 * 1024
    let mount = """
      mount -t tmpfs -o size=\(size)k,mode=755 tmpfs '\(directory)' && cd '\(directory)' &&
      fallocate -l \(size - kibibytes)k ballast || exit 1

      """
    return try await TestProgram.run(
      TestProgram.find("unshare") ?? "/usr/bin/unshare", Self.namespaces + ["/bin/sh", "-c", mount + script],
      environment: Git.environment, timeout: .seconds(600))
  }
}
