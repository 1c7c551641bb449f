import Foundation
internal import JourneymanSealing
internal import JourneymanSupport

/// Contents of large files on this machine, by their SHA-256: `ab/cd/abcd…`, as Git LFS lays them out.
struct LargeFileStore: Sendable {
  let directory: String

  func path(of pointer: LargeFilePointer) -> String {
    "\(directory)/\(pointer.oid.prefix(2))/\(pointer.oid.dropFirst(2).prefix(2))/\(pointer.oid)"
  }

  /// Whether the content is there, whole as far as its length tells; its hash was checked when it came.
  func contains(_ pointer: LargeFilePointer) -> Bool {
    var status = stat()
    return stat(path(of: pointer), &status) == 0 && Int64(status.st_size) == pointer.size
  }

  /// Puts a content into the store, once it has the length and the hash that its pointer says.
  ///
  /// - Parameter fill: writes the content into a descriptor.
  /// - Throws: ``CheckoutError`` `largeFile` when it is another content.
  func add(_ pointer: LargeFilePointer, _ fill: (Int32) throws -> Void) throws {
    let target = path(of: pointer)
    try FileSystem.makeDirectories(PathName.directory(of: target))
    let incoming = directory + "/incoming"
    try FileSystem.makeDirectories(incoming)
    let staged = "\(incoming)/\(pointer.oid).\(getpid()).\(UInt32.random(in: .min ... .max)).partial"
    do {
      let file = try FileSystem.open(staged, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o444)
      try fill(file.number)
      try retryingInterrupts("read \(staged)") { lseek(file.number, 0, SEEK_SET) }
      let found = try Digest.sha256(ofDescriptor: file.number, name: staged)
      guard found.sha256 == pointer.oid, found.bytes == pointer.size else {
        throw CheckoutError(
          .largeFile, "the Git LFS server sent something else than the content \(pointer.oid)")
      }
      try retryingInterrupts("install \(target)") { rename(staged, target) }
    } catch {
      unlink(staged)
      throw error
    }
  }
}
