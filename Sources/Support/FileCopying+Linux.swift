internal import CLinux
import Foundation

extension FileSystem {
  /// Sets when an open file's content last changed, in seconds since 1970. A time that the file system cannot hold is
  /// left as it is.
  public static func setModificationTime(_ descriptor: Int32, seconds: Int64) {
    _ = journeyman_set_modification_time(descriptor, seconds)
  }

  /// Copies what a file holds from its current position, or the whole file, the fastest way there is: by sharing blocks
  /// (only where the whole file is copied into an empty one), in the kernel, or through memory.
  ///
  /// - Parameters:
  ///   - source: a regular file at its start.
  ///   - destination: an empty file.
  ///   - name: what error messages call the file.
  /// - Throws: ``SystemError``.
  public static func copyContent(from source: Int32, to destination: Int32, name: String) throws(SystemError) {
    if journeyman_clone_file(destination, source) == 0 { return }
    while true {
      let count = journeyman_copy_file_range(source, destination, 1 << 30)
      if count == 0 { return }
      if count < 0 {
        if errno == EINTR { continue }
        // Not between these file systems, or not for this kind of file: nothing is lost by going on through memory.
        break
      }
    }
    var buffer = [UInt8](repeating: 0, count: 262_144)
    while true {
      let count = try retryingInterrupts("read \(name)") {
        buffer.withUnsafeMutableBytes { Foundation.read(source, $0.baseAddress, $0.count) }
      }
      if count == 0 { return }
      let result = buffer.withUnsafeBytes { bytes in
        Result { () throws(SystemError) in
          try writeAll(UnsafeRawBufferPointer(rebasing: bytes[..<count]), to: destination, name: name)
        }
      }
      try result.get()
    }
  }
}
