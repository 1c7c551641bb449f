import Foundation
import JourneymanActionKit

/// The little that the plugin does with files of its own.
enum FileWork {
  /// Makes an empty directory.
  ///
  /// - Throws: `PluginError` when it cannot, or it is there already.
  static func makeDirectory(_ path: String) throws(PluginError) {
    if mkdir(path, 0o700) != 0 {
      throw PluginError(.file, "cannot make the directory \(path): \(String(cString: strerror(errno)))")
    }
  }
}
