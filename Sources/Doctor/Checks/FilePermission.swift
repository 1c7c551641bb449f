import CLinux
import Foundation

/// Who may do what with a file.
enum FilePermission {
  /// The permission bits; `nil` when there is no such file.
  static func mode(_ path: String) -> UInt32? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
  }

  /// Whether this process may do what `mask` says (`R_OK`, `W_OK`, `X_OK`).
  static func allows(_ path: String, _ mask: Int32) -> Bool { access(path, mask) == 0 }
}
