import Foundation

extension FileSystem {
  /// The process's umask. Read from `/proc`, because the system call can only set it, for all threads at once.
  ///
  /// - Throws: ``SystemError`` when `/proc` is not there.
  public static func creationMask() throws(SystemError) -> UInt32 {
    let status = String(decoding: try read("/proc/self/status", limit: 65_536), as: UTF8.self)
    for line in status.split(separator: "\n") where line.hasPrefix("Umask:") {
      if let mask = UInt32(line.dropFirst("Umask:".count).drop { $0.isWhitespace }, radix: 8) { return mask }
    }
    throw SystemError("read the umask from /proc/self/status", number: EINVAL)
  }
}
