internal import CLinux
internal import Foundation
internal import JourneymanSupport

/// Keeps a thread, and those it starts, to the files of one job (Landlock): a build that swaps a directory of its
/// repository for a link leads git nowhere else, and a repository that borrows another's objects gets none.
enum Confinement {
  /// Where programs, libraries, certificates and the resolver's settings are.
  private static let system = [
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/proc", "/sys", "/dev", "/run",
    "/nix", "/gnu", "/var/lib",
  ]

  /// Confines the calling thread.
  ///
  /// - Parameters:
  ///   - directory: an open directory that may be read and written.
  ///   - writable: further paths that may be read and written.
  ///   - readable: further paths that may be read.
  /// - Throws: `SystemError` when the kernel cannot.
  static func confine(to directory: Int32, writable: [String], readable: [String]) throws {
    let version = journeyman_landlock_version()
    // Files could not be moved between directories before version 2.
    guard version >= 2 else {
      throw SystemError("confine git to its workspace (Landlock, Linux 5.19 or later, is needed)", number: ENOSYS)
    }
    var all: UInt64 = (1 << 14) - 1
    if version >= 3 { all |= 1 << 14 }
    let read: UInt64 = 1 << 0 | 1 << 2 | 1 << 3
    // All but device nodes.
    let write = all & ~(1 << 6 | 1 << 11)
    let rules = OwnedDescriptor(taking: try retryingInterrupts("make rules") { journeyman_landlock_begin(all) })
    try retryingInterrupts("allow the workspace") { journeyman_landlock_allow(rules.number, directory, write) }
    for path in writable { allow(path, write, rules.number) }
    for path in system + readable { allow(path, read, rules.number) }
    allow("/dev/null", read | 1 << 1, rules.number)
    try retryingInterrupts("confine git to its workspace") { journeyman_landlock_confine(rules.number) }
  }

  /// What is not there need not be allowed.
  private static func allow(_ path: String, _ accesses: UInt64, _ rules: Int32) {
    let place = open(path, FileSystem.pathOnly | O_CLOEXEC)
    if place < 0 { return }
    defer { close(place) }
    var status = stat()
    guard fstat(place, &status) == 0 else { return }
    // A file has no entries.
    let files: UInt64 = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14
    let isDirectory = status.st_mode & S_IFMT == S_IFDIR
    _ = journeyman_landlock_allow(rules, place, isDirectory ? accesses : accesses & files)
  }
}
