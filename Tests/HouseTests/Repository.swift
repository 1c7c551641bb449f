import Foundation
import Testing

/// The repository that these tests stand in.
enum Repository {
  static let root = String(#filePath.dropLast("/Tests/HouseTests/Repository.swift".count))

  static func text(_ path: String) throws -> String {
    try String(contentsOfFile: root + "/" + path, encoding: .utf8)
  }

  /// The paths of all files beneath the folders that exist, relative to the root.
  static func files(in folders: [String], endingWith suffixes: [String]) throws -> [String] {
    var paths: [String] = []
    for folder in folders where FileManager.default.fileExists(atPath: root + "/" + folder) {
      let names = try FileManager.default.subpathsOfDirectory(atPath: root + "/" + folder)
      paths += names.filter { name in suffixes.contains { name.hasSuffix($0) } }.map { folder + "/" + $0 }
    }
    return paths.sorted()
  }

  /// The hand-written source files.
  static func sources() throws -> [String] {
    let files = try files(in: ["Sources", "Plugins", "Tests"], endingWith: [".swift", ".c", ".h"])
    try #require(files.count > 50, "the search for sources is broken")
    return files.filter { !$0.hasPrefix("Tests/Fixtures/") } + ["Package.swift"]
  }
}
