internal import CLinux
import Foundation

extension FileSystem {
  /// Removes what users can attach to an open file or directory: access control lists, default ones included, and
  /// `user` attributes. Labels of security modules are the system's own and stay.
  ///
  /// - Throws: ``SystemError``.
  public static func removeAttributes(of file: Int32, shown: String) throws(SystemError) {
    let size = flistxattr(file, nil, 0)
    if size <= 0 { return }
    var names = [CChar](repeating: 0, count: size)
    let count = flistxattr(file, &names, size)
    for name in names.prefix(max(0, count)).split(separator: 0) {
      let text = String(decoding: name.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      guard text.hasPrefix("user.") || text.hasPrefix("system.posix_acl_") else { continue }
      let attribute = Array(name) + [0]
      try retryingInterrupts("remove the attribute \(text) of \(shown)") { fremovexattr(file, attribute) }
    }
  }
}
