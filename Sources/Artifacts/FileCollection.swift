internal import Foundation
public import JourneymanSupport

/// One file of a collection.
public struct CollectedFile: Sendable, Hashable {
  /// What will stand in the archive.
  public enum Kind: Sendable, Hashable {
    /// A regular file.
    case file
    /// A directory without its content.
    case directory
    /// A link with its target, as bytes.
    case symbolicLink(target: [UInt8])
  }

  /// Where the file lies, relative to the root it was collected beneath. Any bytes except zero.
  public let path: [UInt8]
  /// How many bytes of ``path`` the archive leaves out.
  let archiveOffset: Int
  /// What will stand in the archive.
  public let kind: Kind
  /// Bytes at the time of collecting; 0 for links and directories.
  public let size: Int64
  /// Permission bits; set-user-ID, set-group-ID and sticky bits are never collected.
  public let mode: UInt32
  /// When the content last changed, in seconds since 1970.
  public let modified: Int64

  /// Where the file stands in the archive.
  public var archivePath: ArraySlice<UInt8> { path[archiveOffset...] }

  /// ``archivePath`` as text; bytes that are not UTF-8 come back repaired.
  public var name: String { String(decoding: archivePath, as: UTF8.self) }

  /// Opens the file for reading beneath the root it was collected from. No link that somebody puts in its way leads out
  /// of the root, and no pipe makes the caller wait.
  ///
  /// - Parameter root: an open descriptor of the root.
  /// - Throws: ``ArtifactError`` when the file is gone or is no regular file any more.
  public func open(beneath root: Int32) throws(ArtifactError) -> OpenedFile {
    let shown = String(decoding: path, as: UTF8.self)
    let descriptor: OwnedDescriptor
    do {
      descriptor = try FileSystem.openBeneath(
        root, bytes: path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY, followSymlinks: true)
    } catch {
      throw ArtifactError(
        .unreadable, "cannot read \(shown): \(error.reason); it was there when files were collected",
        underlying: error)
    }
    var status = stat()
    if fstat(descriptor.number, &status) != 0 || status.st_mode & S_IFMT != S_IFREG {
      throw ArtifactError(.unreadable, "\(shown) is no longer a regular file: something replaced it after it was found")
    }
    return OpenedFile(descriptor: descriptor, size: Int64(status.st_size))
  }
}

/// A collected file, open for reading.
public struct OpenedFile: ~Copyable, Sendable {
  /// The open file.
  public let descriptor: OwnedDescriptor
  /// Its size in bytes when it was opened.
  public let size: Int64
}

/// The files of one artifact, sorted by the bytes of their archive paths, no path twice.
public struct FileCollection: Sendable, Hashable {
  /// The files.
  public let files: [CollectedFile]

  /// The sum of the sizes at the time of collecting.
  public var totalSize: Int64 { files.reduce(0) { $0 + $1.size } }

  /// Sorts files and leaves out those whose archive path is taken.
  ///
  /// - Parameter clash: called with the file that is left out and the one that stays, if they are different files.
  init(_ found: [CollectedFile], clash: (CollectedFile, CollectedFile) -> Void) {
    let sorted = found.sorted { first, second in
      switch compareBytes(first.archivePath, second.archivePath) {
      case 0: compareBytes(first.path[...], second.path[...]) < 0
      case let order: order < 0
      }
    }
    var kept: [CollectedFile] = []
    kept.reserveCapacity(sorted.count)
    for file in sorted {
      if let last = kept.last, last.archivePath == file.archivePath {
        if last.path != file.path { clash(file, last) }
      } else {
        kept.append(file)
      }
    }
    files = kept
  }
}

/// Orders byte strings as `memcmp` does, a prefix before what it starts.
func compareBytes(_ first: ArraySlice<UInt8>, _ second: ArraySlice<UInt8>) -> Int {
  let order = first.withUnsafeBytes { left in
    second.withUnsafeBytes { right -> Int32 in
      guard let a = left.baseAddress, let b = right.baseAddress else { return 0 }
      return memcmp(a, b, min(left.count, right.count))
    }
  }
  return order != 0 ? Int(order) : first.count - second.count
}
