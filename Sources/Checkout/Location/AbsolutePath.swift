import Foundation

/// Absolute paths without `.`, `..` and doubled slashes, by their text alone: links are not looked at.
enum AbsolutePath {
  /// The normal form of a path; a relative one begins at the current directory.
  static func of(_ path: String) -> String {
    let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    var components: [Substring] = []
    for component in absolute.split(separator: "/") where component != "." {
      if component == ".." { _ = components.popLast() } else { components.append(component) }
    }
    return "/" + components.joined(separator: "/")
  }
}
