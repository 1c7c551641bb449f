import Foundation
import JourneymanSupport

/// What in the system directories not everybody on the machine may read. Inside a sandbox started by root the build's
/// user 0 owns what root owns, so the permission bits no longer keep it out: such entries are hidden instead.
struct SystemSecrets: Sendable, Hashable {
  var files: [String] = []
  var directories: [String] = []
  /// The directories that were read.
  private(set) var visited: [DirectoryStamp] = []

  /// Package lists and archives: nothing secret, and apt moves files out of directories that only it may read.
  private static let skipped: Set<String> = [
    "/var/lib/apt", "/var/cache/apt", "/var/lib/dpkg/info", "/var/cache/man", "/usr/bin", "/usr/lib", "/usr/share",
    "/usr/include", "/usr/sbin", "/usr/libexec", "/usr/src",
  ]
  private static let deepest = 32

  /// What a build's own view of the system must leave out; `nil` when the permission bits still hold there.
  static func toHide(from policy: SandboxPolicy) async throws -> SystemSecrets? {
    if policy.mode != .strict || policy.system != .overlay || geteuid() != 0 { return nil }
    if policy.removed.contains(.hiddenSecrets) || policy.removed.contains(.ownUserRange) { return nil }
    // Secrets come and go in /etc and /var; the larger trees hold software, whose directories tell when it changes.
    async let changing = runBlocking { SystemSecrets(in: ["/etc", "/var"]) }
    let software = try await runBlocking {
      SecretsRecord(UserLease.runtimeDirectory + "/secrets").of(["/opt", "/usr"])
    }
    var all = try await changing
    all.files += software.files
    all.directories += software.directories
    return all
  }

  /// Puts together what is known already.
  init(files: [String], directories: [String]) {
    self.files = files
    self.directories = directories
  }

  /// Searches directories.
  init(in directories: [String]) {
    for directory in directories {
      let number = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      if number < 0 { continue }
      search(OwnedDescriptor(taking: number), directory, depth: 0)
    }
  }

  private mutating func search(_ directory: consuming OwnedDescriptor, _ path: String, depth: Int) {
    let number = directory.release()
    guard depth < Self.deepest, let stream = fdopendir(number) else {
      close(number)
      self.directories.append(path)
      return
    }
    defer { closedir(stream) }
    // Taken before the directory is read, so that a change meanwhile shows.
    if let stamp = DirectoryStamp(number) { visited.append(stamp.at(path)) }
    while let entry = readdir(stream) {
      let kind = Int32(entry.pointee.d_type)
      if kind == DT_LNK { continue }
      let nameOffset = MemoryLayout.offset(of: \dirent.d_name) ?? 0
      let name = UnsafeRawPointer(entry).advanced(by: nameOffset).assumingMemoryBound(to: CChar.self)
      if name[0] == 0x2E && (name[1] == 0 || name[1] == 0x2E && name[2] == 0) { continue }
      var status = stat()
      if fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) != 0 { continue }
      let isDirectory = status.st_mode & S_IFMT == S_IFDIR
      if isDirectory || status.st_mode & 0o004 == 0 {
        guard let readable = String(validatingCString: name) else {
          // A name that cannot be written down cannot be hidden by it.
          self.directories.append(path)
          return
        }
        look(at: readable, status, in: number, path, depth: depth)
      }
    }
  }

  private mutating func look(at name: String, _ status: stat, in parent: Int32, _ directory: String, depth: Int) {
    let path = directory + "/" + name
    if status.st_mode & S_IFMT != S_IFDIR {
      files.append(path)
      return
    }
    if Self.skipped.contains(path) { return }
    if status.st_mode & 0o005 != 0o005 {
      directories.append(path)
      return
    }
    let number = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    if number >= 0 { search(OwnedDescriptor(taking: number), path, depth: depth + 1) }
  }
}
