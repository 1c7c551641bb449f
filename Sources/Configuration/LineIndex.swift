import Foundation
import JourneymanSupport

/// Where each variable of a configuration file stands.
///
/// libgit2 1.5.1 does not report lines, so this reads the text a second time, only to find them: values always come
/// from libgit2. Included files are entered where their `path` stands, as libgit2 does.
struct LineIndex {
  /// A place in a file.
  struct Place: Hashable {
    let file: String
    let line: Int
  }

  /// The files that were read, the first one included.
  private(set) var files: [String] = []
  private var places: [ConfigurationEntry.Variable: [Place]] = [:]
  /// The headings, each once, in order; the key of each is empty.
  private(set) var headings: [ConfigurationEntry.Variable] = []
  private var sections: [ConfigurationEntry.Variable: Place] = [:]

  /// libgit2 follows ten includes deep.
  private static let deepestInclude = 10
  private static let largestFile = 1 << 20

  /// Reads a file and what it includes.
  ///
  /// - Throws: ``SystemError`` when the first file cannot be read. Includes that do not exist are skipped, as git does.
  init(file: String) throws(SystemError) {
    try scan(file, depth: 0)
  }

  /// Where the `occurrence`-th mention (from 0) of a variable stands.
  func place(of variable: ConfigurationEntry.Variable, occurrence: Int) -> Place? {
    let all = places[variable] ?? []
    return occurrence < all.count ? all[occurrence] : all.last
  }

  /// Where a section's heading stands for the first time.
  func heading(of section: String, _ subsection: String?) -> Place? {
    sections[.init(section: section, subsection: subsection, key: "")]
  }

  private mutating func scan(_ file: String, depth: Int) throws(SystemError) {
    files.append(file)
    let text = String(decoding: try FileSystem.read(file, limit: Self.largestFile), as: UTF8.self)
    var section = "", subsection: String?
    var continues = false
    for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      var line = raw.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
      defer { continues = raw.hasSuffix("\\") && !line.hasPrefix("#") && !line.hasPrefix(";") }
      if continues { continue }
      let place = Place(file: file, line: index + 1)
      if line.hasPrefix("["), let heading = Self.heading(line) {
        (section, subsection, line) = heading
        let key = ConfigurationEntry.Variable(section: section, subsection: subsection, key: "")
        if sections[key] == nil {
          sections[key] = place
          headings.append(key)
        }
        line = line.drop(while: \.isWhitespace)
      }
      let key = line.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }.lowercased()
      if key.isEmpty { continue }
      places[.init(section: section, subsection: subsection, key: key), default: []].append(place)
      if section == "include" && key == "path" && depth < Self.deepestInclude {
        let value = line.drop { $0 != "=" }.dropFirst().trimmingCharacters(in: .whitespaces)
        let path = StandardPaths.resolve(
          value.trimmingCharacters(in: ["\""]), relativeTo: PathName.directory(of: file))
        if access(path, F_OK) == 0 { try scan(path, depth: depth + 1) }
      }
    }
  }

  /// Reads `[section]`, `[section "sub"]` and the old `[section.sub]`, and gives back what follows.
  private static func heading(_ line: Substring) -> (section: String, subsection: String?, rest: Substring)? {
    let inner = line.dropFirst()
    let name = inner.prefix { $0 != "]" && $0 != "\"" }
    var rest = inner.dropFirst(name.count)
    let words = name.trimmingCharacters(in: .whitespaces).lowercased()
    guard rest.first == "\"" else {
      let parts = words.split(separator: ".", maxSplits: 1)
      guard let first = parts.first else { return nil }
      return (String(first), parts.count == 2 ? String(parts[1]) : nil, rest.dropFirst())
    }
    rest = rest.dropFirst()
    var subsection = ""
    while let character = rest.popFirst(), character != "\"" {
      if character == "\\", let escaped = rest.popFirst() {
        subsection.append(escaped)
      } else {
        subsection.append(character)
      }
    }
    return (words, subsection, rest.drop { $0 != "]" }.dropFirst())
  }
}
