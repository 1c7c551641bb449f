internal import CLinux
import Foundation

extension FileSystem {
  /// Removes a file or a whole tree, whatever a build left in it: directories without permissions, names of any bytes,
  /// any depth, immutable files (where the process may change that). Nothing outside of the tree is touched, also while
  /// somebody replaces directories by links. What is already gone is no error.
  ///
  /// Everything that can be removed is removed before an error is thrown. It takes two descriptors and no stack for
  /// any depth.
  ///
  /// - Parameter detachingMounts: whether file systems that are mounted inside the tree are detached first; otherwise
  ///   they are an error (`EBUSY`). Their content is left alone either way.
  /// - Throws: ``SystemError`` naming the first entry that could not be removed.
  public static func removeTree(_ path: String, detachingMounts: Bool = false) throws(SystemError) {
    let parentName = PathName.directory(of: path)
    let number = Foundation.open(parentName, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if number < 0 {
      if errno == ENOENT { return }
      throw SystemError("open \(parentName)")
    }
    let parent = OwnedDescriptor(taking: number)
    try removeEntry(
      EntryName(PathName.last(of: path).utf8), in: parent.number, shown: path, detachingMounts: detachingMounts)
  }

  /// Removes one entry of an open directory and what is in it, as ``removeTree(_:detachingMounts:)`` does.
  ///
  /// - Parameter shown: what error messages call the entry.
  /// - Throws: ``SystemError`` naming the first entry that could not be removed.
  public static func removeEntry(
    _ name: EntryName, in parent: Int32, shown: String, detachingMounts: Bool = false
  ) throws(SystemError) {
    var removal = TreeRemoval(in: parent, shown: shown, detachingMounts: detachingMounts)
    try removal.run(name.bytes)
  }
}

/// One removal: walks with the descriptor of a single directory, up again by `..`, and compares where it arrives with
/// what it came through.
private struct TreeRemoval: ~Copyable {
  private typealias Name = [UInt8]

  private struct Level {
    let name: Name
    let device: dev_t
    let inode: ino_t
    /// Directories in it that have content.
    var filled: [Name] = []
    /// Entries that cannot be removed.
    var stuck: Set<Name> = []
  }

  private enum Outcome {
    case gone
    case filledDirectory
    case stuck
  }

  /// How many names a level remembers; the rest is found when it is read again.
  private static let mostRemembered = 1000

  private let path: String
  private let parent: Int32
  private let detachesMounts: Bool
  private var current: OwnedDescriptor?
  /// The number of `current`, or of `parent` outside of the tree.
  private var directory: Int32
  private var levels: [Level] = []
  private var failure: SystemError?

  init(in parent: Int32, shown path: String, detachingMounts: Bool) {
    self.path = path
    directory = parent
    self.parent = parent
    detachesMounts = detachingMounts
  }

  mutating func run(_ name: [UInt8]) throws(SystemError) {
    if remove(name) == .filledDirectory { enter(name) }
    while let top = levels.indices.last {
      if let name = levels[top].filled.popLast() {
        enter(name)
      } else if try !findFilledDirectories() {
        try leave()
      }
    }
    if let failure { throw failure }
  }

  /// Removes everything of the current directory but directories with content.
  ///
  /// - Returns: whether there are any of those.
  private mutating func findFilledDirectories() throws(SystemError) -> Bool {
    let top = levels.count - 1
    for entry in try FileSystem.rawEntries(of: directory, shown: shown(nil)) {
      if levels[top].stuck.contains(entry.name) { continue }
      if remove(entry.name) == .filledDirectory && levels[top].filled.count < Self.mostRemembered {
        levels[top].filled.append(entry.name)
      }
    }
    return !levels[top].filled.isEmpty
  }

  /// Removes one entry of the current directory unless it is a directory with content.
  private mutating func remove(_ name: Name) -> Outcome {
    let bytes = Self.terminated(name)
    var hasTriedHarder = false
    while true {
      if unlinkat(directory, bytes, 0) == 0 || errno == ENOENT { return .gone }
      var number = errno
      if unlinkat(directory, bytes, AT_REMOVEDIR) == 0 || errno == ENOENT { return .gone }
      if errno == ENOTEMPTY || errno == EEXIST { return .filledDirectory }
      if errno != ENOTDIR { number = errno }
      if hasTriedHarder || !makeRemovable(bytes, number) { return fail(name, number) }
      hasTriedHarder = true
    }
  }

  /// - Returns: whether another try is worth while.
  private func makeRemovable(_ name: [CChar], _ number: Int32) -> Bool {
    switch number {
    case EPERM:
      if !levels.isEmpty { _ = journeyman_clear_immutable(directory) }
      clearImmutable(name)
      return true
    case EBUSY: return detachMount(name)
    default: return false
    }
  }

  private func clearImmutable(_ name: [CChar]) {
    // Nothing but files and directories has the flag, and opening a device may do something.
    var status = stat()
    guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
      [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
    else { return }
    let number = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    if number < 0 { return }
    let file = OwnedDescriptor(taking: number)
    _ = journeyman_clear_immutable(file.number)
  }

  private func detachMount(_ name: [CChar]) -> Bool {
    detachesMounts && journeyman_detach_mount("/proc/self/fd/\(directory)/".utf8.map { CChar($0) } + name) == 0
  }

  /// Goes into a directory, after giving its owner back all permissions.
  private mutating func enter(_ name: Name) {
    let bytes = Self.terminated(name)
    var status = stat()
    var number = openDirectory(bytes)
    if number < 0 && errno == EXDEV {
      errno = EBUSY
      if detachMount(bytes) { number = openDirectory(bytes) }
    }
    if number < 0 {
      let reason = errno
      if reason != ENOENT { _ = fail(name, reason) }
      return
    }
    let place = OwnedDescriptor(taking: number)
    if fstat(place.number, &status) == 0, status.st_mode & 0o700 != 0o700 {
      // By the descriptor, which no exchange can lead elsewhere; O_PATH descriptors take fchmod by this name only.
      chmod("/proc/self/fd/\(place.number)", 0o700)
    }
    let listing = openat(place.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if listing < 0 {
      _ = fail(name, errno)
      return
    }
    current = OwnedDescriptor(taking: listing)
    directory = listing
    levels.append(Level(name: name, device: status.st_dev, inode: status.st_ino))
  }

  private func openDirectory(_ name: [CChar]) -> Int32 {
    let flags = FileSystem.pathOnly | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    var number: Int32
    repeat {
      number = journeyman_openat2(
        directory, name, UInt64(UInt32(bitPattern: flags)), 0, journeyman_resolve_same_mount)
    } while number < 0 && (errno == EINTR || errno == EAGAIN)
    return number
  }

  /// Goes up and removes the directory it came from.
  private mutating func leave() throws(SystemError) {
    let left = levels.removeLast()
    if let above = levels.last {
      let number = openat(directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      if number < 0 { throw SystemError("open the directory above \(shown(left.name))") }
      current = OwnedDescriptor(taking: number)
      directory = number
      var status = stat()
      if fstat(directory, &status) != 0 || status.st_dev != above.device || status.st_ino != above.inode {
        throw SystemError("remove \(shown(left.name)), which was moved meanwhile", number: ESTALE)
      }
    } else {
      current = nil
      directory = parent
    }
    if !left.stuck.isEmpty {
      if let top = levels.indices.last { levels[top].stuck.insert(left.name) }
    } else if remove(left.name) == .filledDirectory {
      _ = fail(left.name, ENOTEMPTY)
    }
  }

  private mutating func fail(_ name: Name, _ number: Int32) -> Outcome {
    if failure == nil { failure = SystemError("remove \(shown(name))", number: number) }
    if let top = levels.indices.last { levels[top].stuck.insert(name) }
    return .stuck
  }

  /// An entry of the current directory as messages call it; the middle of a deep path is left out.
  private func shown(_ name: Name?) -> String {
    let inner = levels.dropFirst().map(\.name) + (levels.isEmpty ? [] : name.map { [$0] } ?? [])
    let texts = inner.suffix(8).map { String(decoding: $0, as: UTF8.self) }
    return ([path] + (inner.count > 8 ? ["…"] : []) + texts).joined(separator: "/")
  }

  private static func terminated(_ name: Name) -> [CChar] { name.map { CChar(bitPattern: $0) } + [0] }
}
