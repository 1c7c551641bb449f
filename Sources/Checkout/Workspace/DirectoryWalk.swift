import Foundation
internal import JourneymanSupport

/// Opens and makes the directories of a tree component by component, so that no link is ever followed.
enum DirectoryWalk {
  /// Opens a directory of the tree that exists.
  static func open(_ directory: Int, of listing: TreeListing, beneath root: Int32) throws -> OwnedDescriptor {
    var chain: [Int] = []
    var current = directory
    while current != 0 {
      chain.append(current)
      current = listing.directories[current].parent
    }
    var handle = OwnedDescriptor(taking: try open(".", in: root, shown: "the workspace"))
    for index in chain.reversed() {
      let parent = handle.number
      let number = try listing.withDirectory(index) { path, name in
        try open(name, in: parent, shown: String(cString: path))
      }
      handle = OwnedDescriptor(taking: number)
    }
    return handle
  }

  /// Makes every directory of the tree that is missing.
  static func makeAll(
    of listing: TreeListing, beneath root: Int32, owner: CheckoutRequest.Owner?, cancellation: Cancellation
  ) throws {
    // Directories come after their parents, in depth-first order: the open ones form a stack.
    var stack: [(index: Int, handle: Handle)] = [(0, Handle(try open(".", in: root, shown: "the workspace")))]
    for index in listing.directories.indices.dropFirst() {
      try cancellation.check()
      while let top = stack.last, top.index != listing.directories[index].parent { stack.removeLast() }
      guard let parent = stack.last?.handle else { continue }
      let handle = try listing.withDirectory(index) { path, name in
        let shown = String(cString: path)
        if mkdirat(parent.number, name, 0o777) == 0 {
          if let owner { _ = fchownat(parent.number, name, owner.user, owner.group, AT_SYMLINK_NOFOLLOW) }
        } else if errno != EEXIST {
          throw SystemError("make directory \(shown)")
        }
        return Handle(try open(name, in: parent.number, shown: shown))
      }
      stack.append((index, handle))
    }
  }

  private static func open(
    _ name: UnsafePointer<CChar>, in directory: Int32, shown: String
  ) throws(SystemError) -> Int32 {
    try retryingInterrupts("open directory \(shown)") {
      openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    }
  }

  /// A descriptor that can lie in an array.
  private final class Handle {
    private let descriptor: OwnedDescriptor
    var number: Int32 { descriptor.number }
    init(_ number: Int32) { descriptor = OwnedDescriptor(taking: number) }
  }
}

extension TreeListing {
  /// Lends the path and the last component of an entry as C strings.
  func withPath<Result>(
    of entry: Entry, _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>) throws -> Result
  ) throws -> Result {
    try withStrings(entry.path, entry.name, body)
  }

  /// Lends the path and the last component of a directory as C strings.
  func withDirectory<Result>(
    _ index: Int, _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>) throws -> Result
  ) throws -> Result {
    try withStrings(directories[index].path, directories[index].name, body)
  }

  /// Lends the path of an entry as a C string.
  func withRawPath<Result>(of entry: Entry, _ body: (UnsafePointer<CChar>) -> Result?) -> Result? {
    paths.withUnsafeBytes { bytes in
      bytes.baseAddress.flatMap { body($0.assumingMemoryBound(to: CChar.self) + entry.path) }
    }
  }

  private func withStrings<Result>(
    _ path: Int, _ name: Int, _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>) throws -> Result
  ) throws -> Result {
    try paths.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { throw SystemError("read a path", number: EINVAL) }
      let characters = UnsafeRawPointer(base).assumingMemoryBound(to: CChar.self)
      return try body(characters + path, characters + name)
    }
  }
}
