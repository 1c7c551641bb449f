internal import Foundation
internal import JourneymanActionKit
internal import JourneymanSupport
internal import Synchronization

extension SourceTree {
  /// Copies the tree into an empty directory of this machine: contents, permission bits, times of files, and links as
  /// they are. Directories stay accessible to their owner.
  ///
  /// - Parameter directory: an absolute path; it exists and is no link.
  /// - Throws: `PluginError` when something cannot be read or written, or is there already; `CancellationError`. What was
  ///   copied stays for the caller to remove.
  public func copy(to directory: String) async throws {
    let flag = CopyFlag()
    try await withTaskCancellationHandler {
      try await runBlocking {
        do {
          var copy = try TreeCopy(of: self, to: directory)
          for entry in entries {
            if flag.isSet { throw CancellationError() }
            try copy.add(entry)
          }
        } catch let error as SystemError {
          throw PluginError(.file, "\(error)", underlying: error)
        }
      }
    } onCancel: {
      flag.set()
    }
  }
}

/// One copy under way.
private struct TreeCopy: ~Copyable {
  private let source: Int32
  private let root: OwnedDescriptor
  private let name: String
  /// The directory that was written to last, and its path in the tree.
  private var parent: OwnedDescriptor
  private var parentPath: ArraySlice<UInt8> = []

  init(of tree: SourceTree, to directory: String) throws(SystemError) {
    let root = try FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    let parent = try root.duplicate()
    source = tree.root.descriptor.number
    name = tree.path
    self.root = root
    self.parent = parent
  }

  mutating func add(_ entry: SourceTree.Entry) throws {
    let cut = entry.path.lastIndex(of: UInt8(ascii: "/"))
    let above = cut.map { entry.path[..<$0] } ?? []
    if above != parentPath {
      parent = try FileSystem.openBeneath(root.number, bytes: above, flags: O_RDONLY | O_DIRECTORY)
      parentPath = above
    }
    let last = EntryName(cut.map { entry.path[($0 + 1)...] } ?? entry.path[...])
    let (directory, shown) = (parent.number, "\(name)/\(entry.shown)")
    switch entry.kind {
    case .directory:
      try retryingInterrupts("make a copy of \(shown)") { last.withCString { mkdirat(directory, $0, 0o700) } }
      // Whatever the umask is.
      try retryingInterrupts("set the mode of a copy of \(shown)") {
        last.withCString { fchmodat(directory, $0, mode_t(entry.mode | 0o700), 0) }
      }
    case .symbolicLink(let target):
      try retryingInterrupts("make a copy of \(shown)") {
        last.withCString { name in EntryName(target).withCString { symlinkat($0, directory, name) } }
      }
    case .file: try copyFile(entry, last, shown)
    }
  }

  private func copyFile(_ entry: SourceTree.Entry, _ last: EntryName, _ shown: String) throws {
    let from = try FileSystem.openBeneath(source, bytes: entry.path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
    var status = stat()
    try retryingInterrupts("look at \(shown)") { fstat(from.number, &status) }
    if status.st_mode & S_IFMT != S_IFREG {
      throw PluginError(.file, "\(shown) was replaced while it was copied; is the build still running?")
    }
    let directory = parent.number
    let to = OwnedDescriptor(
      taking: try retryingInterrupts("make a copy of \(shown)") {
        last.withCString { openat(directory, $0, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600) }
      })
    try FileSystem.copyContent(from: from.number, to: to.number, name: shown)
    try retryingInterrupts("set the mode of a copy of \(shown)") { fchmod(to.number, mode_t(entry.mode)) }
    _ = futimens(to.number, [status.st_atim, status.st_mtim])
  }
}

/// Goes up when the copying is to stop.
private final class CopyFlag: Sendable {
  private let state = Mutex(false)
  var isSet: Bool { state.withLock { $0 } }
  func set() { state.withLock { $0 = true } }
}
