import Foundation

/// The stored buildspecs, in Tests/Fixtures/buildspecs.
enum Fixtures {
  static let directory = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/buildspecs")

  /// The names of the buildspecs in a folder (`good` or `bad`), sorted.
  static func names(in folder: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: directory.appending(path: folder).path())
    return (names ?? []).filter { !$0.hasSuffix(".problems") }.sorted()
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: directory.appending(path: name)))
  }

  /// The problems a buildspec is to have, one `line:column: severity: message` on each line; none if there is no file.
  static func problems(_ name: String) -> [String] {
    let text = try? String(contentsOf: directory.appending(path: name + ".problems"), encoding: .utf8)
    return (text ?? "").split(separator: "\n").map(String.init)
  }
}
