internal import Foundation
internal import JourneymanSealing
internal import JourneymanSupport
internal import Synchronization

/// A directory of this machine, or one mounted on it.
///
/// A file is written beside its place under a name that starts with a dot and ends in `.partial`, flushed, renamed, and
/// its directory flushed: after a power cut it is there whole or not at all.
public struct FileStore: ArtifactStore {
  /// The name in agent.conf.
  public let name: String
  private let directory: String

  /// Where it is.
  public var place: String { "file://\(directory)" }

  /// Uses a directory, which is made when something is stored.
  ///
  /// - Throws: ``StoreError`` when the path is not absolute.
  public init(name: String, directory: String) throws(StoreError) {
    guard directory.hasPrefix("/") else {
      throw StoreError(.invalid, "the store \(name) needs an absolute path, such as file:///srv/artifacts")
    }
    self.name = name
    self.directory = directory
  }

  /// Stores a file.
  ///
  /// - Throws: ``StoreError``, or `CancellationError`.
  public func put(_ file: LocalFile, as key: StoreKey, token: String) async throws {
    try await blocking { isCancelled in
      let source = try file.open()
      let parent = try makeParent(of: key)
      let staged = Self.staged(token)
      unlinkat(parent.number, staged, 0)
      do {
        let copy = try FileSystem.openBeneath(
          parent.number, staged, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644)
        if try Self.copy(source.number, to: copy.number, name: file.path, as: key.description, isCancelled)
          != file.sha256
        {
          throw file.different
        }
        try retryingInterrupts("flush \(key)") { fsync(copy.number) }
        try retryingInterrupts("rename \(key)") {
          renameat(parent.number, staged, parent.number, key.components.last ?? "")
        }
        try retryingInterrupts("flush the directory of \(key)") { fsync(parent.number) }
      } catch {
        unlinkat(parent.number, staged, 0)
        throw error
      }
    }
  }

  /// Copies a stored file into a descriptor.
  ///
  /// - Throws: ``StoreError``, or `CancellationError`.
  public func get(_ key: StoreKey, into descriptor: Int32, limit: Int64) async throws -> Int64? {
    try await blocking { isCancelled -> Int64? in
      do throws(SystemError) {
        let root = try FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY)
        let file = try FileSystem.openBeneath(root.number, key.description, flags: O_RDONLY | O_NONBLOCK)
        var status = stat()
        if fstat(file.number, &status) != 0 { throw SystemError("look at \(key)") }
        if Int64(status.st_size) > limit { throw SystemError("read \(key)", number: EFBIG) }
        _ = try Result {
          try Self.copy(file.number, to: descriptor, name: key.description, as: "the copy of \(key)", isCancelled)
        }
        .mapError { $0 as? SystemError ?? SystemError("read \(key)", number: ECANCELED) }.get()
        return Int64(status.st_size)
      } catch {
        if error.number == ENOENT { return nil }
        throw error
      }
    }
  }

  /// Removes a stored file.
  ///
  /// - Throws: ``StoreError``, or `CancellationError`.
  public func remove(_ key: StoreKey) async throws { try await unlink(key.components.last ?? "", of: key) }

  /// Removes what an interrupted put left.
  ///
  /// - Throws: ``StoreError``, or `CancellationError`.
  public func discard(_ key: StoreKey, token: String) async throws { try await unlink(Self.staged(token), of: key) }

  private static func staged(_ token: String) -> String { ".\(token)\(StoreKey.unfinishedSuffix)" }

  private func unlink(_ entry: String, of key: StoreKey) async throws {
    try await blocking { _ in
      do throws(SystemError) {
        let root = try FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY)
        let path = key.components.dropLast().joined(separator: "/")
        let parent = try FileSystem.openBeneath(
          root.number, path.isEmpty ? "." : path, flags: O_RDONLY | O_DIRECTORY)
        try retryingInterrupts("remove \(key)") { unlinkat(parent.number, entry, 0) }
        try retryingInterrupts("flush the directory of \(key)") { fsync(parent.number) }
      } catch {
        if error.number != ENOENT { throw error }
      }
    }
  }

  /// Opens the directory of a key; those that are missing are made, and made durable.
  private func makeParent(of key: StoreKey) throws -> OwnedDescriptor {
    try FileSystem.makeDirectories(directory)
    var parent = try FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY)
    for component in key.components.dropLast() {
      if mkdirat(parent.number, component, 0o755) == 0 {
        try retryingInterrupts("flush the directory of \(key)") { fsync(parent.number) }
      } else if errno != EEXIST {
        throw SystemError("make directory \(component) in \(directory)")
      }
      parent = try FileSystem.openBeneath(parent.number, component, flags: O_RDONLY | O_DIRECTORY)
    }
    return parent
  }

  /// Copies what a descriptor gives until its end.
  ///
  /// - Returns: the SHA-256 of it.
  private static func copy(
    _ source: Int32, to destination: Int32, name: String, as written: String, _ isCancelled: () -> Bool
  ) throws -> String {
    var digest = try Digest()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    while true {
      if isCancelled() { throw CancellationError() }
      let count = try retryingInterrupts("read \(name)") { read(source, buffer.baseAddress, buffer.count) }
      if count == 0 { return try digest.finishHexadecimal() }
      let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      try digest.update(bytes)
      try FileSystem.writeAll(bytes, to: destination, name: written)
    }
  }

  /// Runs file work on a thread of its own; what it throws becomes a ``StoreError``.
  private func blocking<Value: Sendable>(
    _ work: @escaping @Sendable (_ isCancelled: @escaping @Sendable () -> Bool) throws -> Value
  ) async throws -> Value {
    let flag = CancellationFlag()
    do {
      return try await withTaskCancellationHandler {
        try await runBlocking { try work { flag.isSet } }
      } onCancel: {
        flag.set()
      }
    } catch let error as SystemError {
      throw StoreError(.system, "the store \(name) at \(place): \(error)", underlying: error)
    }
  }
}

/// Says across threads that work is to stop.
final class CancellationFlag: Sendable {
  private let flag = Atomic(false)
  var isSet: Bool { flag.load(ordering: .relaxed) }
  func set() { flag.store(true, ordering: .relaxed) }
}
