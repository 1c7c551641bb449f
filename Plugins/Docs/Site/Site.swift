import JourneymanActionKit

/// The files of a site while it is made, with a bound on what they take.
struct Site: Sendable {
  /// The most that the files of one site may take, in bytes.
  static let mostBytes = 256 << 20
  /// The most files of one site.
  static let mostFiles = 20_000

  private(set) var files: [String: [UInt8]] = [:]
  private(set) var bytes = 0

  /// Adds or replaces a file.
  ///
  /// - Throws: `PluginError` for a site that becomes too large.
  mutating func add(_ content: [UInt8], at path: String) throws(PluginError) {
    bytes += content.count - (files[path]?.count ?? 0)
    files[path] = content
    if files.count > Self.mostFiles { throw PluginError(.failed, "the site has more than \(Self.mostFiles) files") }
    if bytes > Self.mostBytes { throw PluginError(.failed, "the site has more than \(Self.mostBytes >> 20) MiB") }
  }

  mutating func add(_ content: String, at path: String) throws(PluginError) {
    try add(Array(content.utf8), at: path)
  }

  /// Takes all files of another site over, beneath a folder.
  mutating func add(_ site: Site, beneath folder: String?) throws(PluginError) {
    for (path, content) in site.files { try add(content, at: folder.map { "\($0)/\(path)" } ?? path) }
  }
}

/// Something wrong with a source of a site, and where.
struct SiteProblem: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The file, relative to the workspace.
  let file: String
  /// Its line, from 1.
  let line: Int
  /// What is wrong.
  let message: String

  var description: String { "\(file):\(line): \(message)" }

  static func < (left: SiteProblem, right: SiteProblem) -> Bool {
    (left.file, left.line, left.message) < (right.file, right.line, right.message)
  }
}

/// What a generator has made.
struct GeneratedSite: Sendable {
  var site: Site
  var problems: [SiteProblem] = []
  /// How many pages it has.
  var pages: Int
}
