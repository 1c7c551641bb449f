internal import Foundation
package import JourneymanSupport

/// Who owns what is unpacked.
public struct FileOwner: Sendable, Hashable {
  /// The user's number on this machine.
  public let user: UInt32
  /// The group's number on this machine.
  public let group: UInt32

  /// Names an owner.
  public init(user: UInt32, group: UInt32) {
    self.user = user
    self.group = group
  }
}

/// Makes files, directories and links beneath an open directory without following any link that lies there, so that
/// nothing is written outside of it: each parent is opened with `O_NOFOLLOW`, each file is new. Where directories may be
/// links, the kernel keeps them beneath the root.
package struct TreeWriter {
  let root: Int32
  let shownAs: String
  /// Set on everything that is made; `nil` leaves the process's own user.
  let owner: FileOwner?
  /// Whether a link to a directory beneath the root is taken for that directory.
  let followsLinks: Bool
  /// The directory of the last entry, since entries of one directory follow each other.
  private var lastParent: (path: [UInt8], descriptor: SharedDescriptor)?

  /// Writes beneath an open directory.
  ///
  /// - Parameter shownAs: its path for messages.
  package init(root: Int32, shownAs: String, owner: FileOwner?, followsLinks: Bool = false) {
    self.root = root
    self.shownAs = shownAs
    self.owner = owner
    self.followsLinks = followsLinks
  }

  /// Makes a new file and the directories above it.
  ///
  /// - Parameter replacing: whether a file or link of that name is replaced; otherwise it is an error.
  package mutating func makeFile(
    _ path: ArraySlice<UInt8>, mode: UInt32, replacing: Bool = false
  ) throws(ArtifactError) -> OwnedDescriptor {
    let (parent, name) = try openParent(path)
    do {
      if replacing { try remove(name, in: parent.number) }
      let file = OwnedDescriptor(
        taking: try retryingInterrupts("create") {
          openat(parent.number, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        })
      if let owner { try retryingInterrupts("give away") { fchown(file.number, owner.user, owner.group) } }
      try retryingInterrupts("set the mode of") { fchmod(file.number, mode & 0o777) }
      return file
    } catch {
      throw failure(path, error)
    }
  }

  /// Removes a file again that did not come whole.
  package mutating func removeFile(_ path: ArraySlice<UInt8>) throws(ArtifactError) {
    let (parent, name) = try openParent(path)
    do { try remove(name, in: parent.number) } catch { throw failure(path, error) }
  }

  /// Makes a symbolic link.
  package mutating func makeLink(
    _ path: ArraySlice<UInt8>, target: [UInt8], replacing: Bool = false
  ) throws(ArtifactError) {
    let (parent, name) = try openParent(path)
    do {
      if replacing { try remove(name, in: parent.number) }
      try retryingInterrupts("link") { symlinkat(target.map { CChar(bitPattern: $0) } + [0], parent.number, name) }
      if let owner {
        try retryingInterrupts("give away") {
          fchownat(parent.number, name, owner.user, owner.group, AT_SYMLINK_NOFOLLOW)
        }
      }
    } catch {
      throw failure(path, error)
    }
  }

  /// Makes a directory, or takes the one that is there, and sets its mode; its owner can always read, write and enter it.
  package mutating func makeDirectory(_ path: ArraySlice<UInt8>, mode: UInt32) throws(ArtifactError) {
    try check(path)
    let directory = try openDirectory(path)
    do {
      try retryingInterrupts("set the mode of") { fchmod(directory.number, mode & 0o777 | 0o700) }
    } catch {
      throw failure(path, error)
    }
  }

  /// Refuses paths that are not made of plain names, before anything is made.
  private func check(_ path: ArraySlice<UInt8>) throws(ArtifactError) {
    for name in path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    where name.isEmpty || name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) || name.contains(0) {
      throw failure(path, SystemError("make", number: EINVAL))
    }
  }

  /// Removes what is no directory; a directory in the way is an error.
  private func remove(_ name: [CChar], in parent: Int32) throws(SystemError) {
    if unlinkat(parent, name, 0) != 0 && errno != ENOENT { throw SystemError("replace") }
  }

  private mutating func openParent(
    _ path: ArraySlice<UInt8>
  ) throws(ArtifactError) -> (parent: SharedDescriptor, name: [CChar]) {
    try check(path)
    let slash = path.lastIndex(of: UInt8(ascii: "/"))
    let name = slash.map { path[($0 + 1)...] } ?? path
    let parent = slash.map { path[..<$0] } ?? []
    let descriptor = try openDirectory(parent)
    return (descriptor, name.map { CChar(bitPattern: $0) } + [0])
  }

  /// Opens a directory beneath the root and makes it and those above it where they are missing.
  private mutating func openDirectory(_ path: ArraySlice<UInt8>) throws(ArtifactError) -> SharedDescriptor {
    if let lastParent, lastParent.path.elementsEqual(path) { return lastParent.descriptor }
    do {
      var directory = try retryingInterrupts("open") {
        openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      }
      var held = SharedDescriptor(taking: directory)
      var done: [UInt8] = []
      for component in path.isEmpty ? [] : path.split(separator: UInt8(ascii: "/")) {
        let name = component.map { CChar(bitPattern: $0) } + [0]
        if mkdirat(directory, name, 0o755) == 0 {
          if let owner {
            try retryingInterrupts("give away") {
              fchownat(directory, name, owner.user, owner.group, AT_SYMLINK_NOFOLLOW)
            }
          }
        } else if errno != EEXIST {
          throw SystemError("make directory")
        }
        done = done.isEmpty ? Array(component) : done + [UInt8(ascii: "/")] + component
        directory =
          followsLinks
          ? try FileSystem.openBeneath(root, bytes: done, flags: O_RDONLY | O_DIRECTORY, followSymlinks: true)
            .release()
          : try retryingInterrupts("open") {
            openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
          }
        held = SharedDescriptor(taking: directory)
      }
      lastParent = (Array(path), held)
      return held
    } catch {
      throw failure(path, error)
    }
  }

  private func failure(_ path: ArraySlice<UInt8>, _ error: any Error) -> ArtifactError {
    let reason = (error as? SystemError)?.reason ?? "\(error)"
    return ArtifactError(
      .unwritable, "cannot write \(shownAs)/\(String(decoding: path, as: UTF8.self)): \(reason)", underlying: error)
  }
}

/// A descriptor that several values hold; closed with the last of them.
final class SharedDescriptor {
  private let owned: OwnedDescriptor
  /// The descriptor's number.
  var number: Int32 { owned.number }

  /// Takes ownership of an open descriptor.
  init(taking number: Int32) { owned = OwnedDescriptor(taking: number) }
}
