internal import CLinux
import Foundation
internal import JourneymanSupport

/// Writing to places of a file, so that several threads can do it at once.
enum PositionalFile {
  /// Writes all bytes at an offset.
  static func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int64, name: String
  ) throws(SystemError) {
    var rest = bytes
    var offset = offset
    while let base = rest.baseAddress, !rest.isEmpty {
      let count = try retryingInterrupts("write \(name)") { pwrite(descriptor, base, rest.count, off_t(offset)) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      offset += Int64(count)
    }
  }

  /// Where the next byte goes, if the descriptor is a regular file whose places can be written in any order.
  static func offset(of descriptor: Int32) -> Int64? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let flags = fcntl(descriptor, F_GETFL)
    guard flags >= 0, flags & O_APPEND == 0 else { return nil }
    let offset = lseek(descriptor, 0, SEEK_CUR)
    return offset < 0 ? nil : Int64(offset)
  }
}
