import Foundation
internal import JourneymanSupport

/// The directory a checkout goes into: taken over before, given up after a failure.
struct WorkspaceDirectory {
  let path: String
  /// Whether this checkout made the directory.
  private let isOurs: Bool
  /// Whether a failed checkout leaves nothing in it.
  private let isClearedOnFailure: Bool

  /// Takes a directory over, making it if need be.
  ///
  /// - Throws: ``CheckoutError`` `directoryInUse`.
  init(_ path: String, existing: CheckoutRequest.ExistingDirectory) throws {
    let standard = AbsolutePath.of(path)
    if standard == "/" { throw CheckoutError(.directoryInUse, "refusing to check out into the root directory") }
    try FileSystem.makeDirectories(PathName.directory(of: standard))
    self.path = standard
    isOurs = mkdir(standard, 0o777) == 0
    if !isOurs && errno != EEXIST { throw SystemError("make directory \(standard)") }
    var status = stat()
    guard lstat(standard, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw CheckoutError(.directoryInUse, "\(standard) is not a directory; name another one")
    }
    // A build may have closed it even to its owner.
    if status.st_mode & 0o700 != 0o700 { chmod(standard, status.st_mode & 0o7777 | 0o700) }
    let handle = try FileSystem.open(standard, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    let isEmpty = try FileSystem.entryNames(of: handle.number, shown: standard).isEmpty
    isClearedOnFailure = isEmpty || existing == .refuse
    if isEmpty { return }
    if existing == .reuse {
      let above = try FileSystem.open(PathName.directory(of: standard), flags: O_RDONLY | O_DIRECTORY)
      try DirectoryReset.reset(
        handle.number, in: above.number, owner: nil, creationMask: FileSystem.creationMask(), shown: standard)
      return
    }
    guard try GitDirectory.isPartial(standard) else {
      throw CheckoutError(
        .directoryInUse, "\(standard) exists and is not empty; name another directory, or empty this one")
    }
  }

  /// Gives the directory itself the owner of what is in it, last of all: whoever looks only at it finds all of it given.
  func settle(owner: CheckoutRequest.Owner) throws {
    let handle = try FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    try retryingInterrupts("give \(path) away") { fchown(handle.number, owner.user, owner.group) }
  }

  /// Gives the directory up after a failure.
  func abandon() {
    if !isClearedOnFailure { return }
    guard let handle = try? FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
      let names = try? FileSystem.entryNames(of: handle.number, shown: path)
    else { return }
    // The mark of an incomplete checkout is in `.git`, so that goes last.
    for name in names where name.bytes != Array(".git".utf8) {
      try? FileSystem.removeEntry(name, in: handle.number, shown: name.shown)
    }
    try? GitDirectory(path: path + "/.git", worktree: nil).remove()
    if isOurs { rmdir(path) }
  }
}
