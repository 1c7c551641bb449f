/// The header fields of METADATA or PKG-INFO: https://packaging.python.org/en/latest/specifications/core-metadata/
struct DistributionMetadata: Sendable, Hashable {
  /// Names in lower case, and values, in the order of the file.
  let fields: [(name: String, value: String)]

  static func == (left: Self, right: Self) -> Bool {
    left.fields.map(\.name) == right.fields.map(\.name) && left.fields.map(\.value) == right.fields.map(\.value)
  }

  func hash(into hasher: inout Hasher) { for field in fields { hasher.combine(field.value) } }

  private static let mostFields = 20_000

  /// Reads the content of such a file.
  ///
  /// - Throws: ``PackageError`` when it is none, or says nothing usable of name and version.
  init(_ bytes: [UInt8]) throws(PackageError) {
    var fields: [(name: String, value: String)] = []
    let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
      .map { $0.last == 13 ? $0.dropLast() : $0 }
    var index = lines.startIndex
    while index < lines.endIndex, !lines[index].isEmpty {
      let line = lines[index]
      index += 1
      if line.first == 32 || line.first == 9 {
        guard let last = fields.indices.last else { throw Self.malformed("begins with a continued line") }
        fields[last].value += "\n" + Self.unfolded(line)
        continue
      }
      guard let colon = line.firstIndex(of: 58), colon != line.startIndex,
        line[..<colon].allSatisfy({ $0 > 32 && $0 < 127 })
      else { throw Self.malformed("has a line \(index) that is no field") }
      if fields.count == Self.mostFields { throw Self.malformed("has more than \(Self.mostFields) fields") }
      let value = line[(colon + 1)...].drop { $0 == 32 || $0 == 9 }
      fields.append(
        (String(decoding: line[..<colon], as: UTF8.self).lowercased(), String(decoding: value, as: UTF8.self)))
    }
    let body = Array(lines[index...].dropFirst().joined(separator: [10]))
    if !body.isEmpty { fields.append(("description", String(decoding: body, as: UTF8.self))) }
    self.fields = fields
    for name in ["metadata-version", "name", "version"] where values(name).count != 1 {
      throw Self.malformed("does not have exactly one field '\(name)'")
    }
    guard Self.isName(name) else { throw Self.malformed("has a name that no package can have") }
    guard Self.isVersion(version) else { throw Self.malformed("has a version that no package can have") }
  }

  var name: String { values("name").first ?? "" }
  var version: String { values("version").first ?? "" }

  func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

  /// The fields as an upload form names them; what the specification does not know is left out.
  var formFields: [(name: String, value: String)] {
    fields.compactMap { field in Self.formNames[field.name].map { ($0, field.value) } }
  }

  private static let formNames: [String: String] = {
    let same = [
      "metadata-version", "name", "version", "dynamic", "platform", "supported-platform", "summary", "description",
      "description-content-type", "keywords", "author", "author-email", "maintainer", "maintainer-email", "license",
      "license-expression", "requires-dist", "requires-python", "requires-external", "home-page", "download-url",
      "provides-dist", "obsoletes-dist", "provides-extra", "provides", "requires", "obsoletes",
    ]
    var names = Dictionary(uniqueKeysWithValues: same.map { ($0, $0.split(separator: "-").joined(separator: "_")) })
    names["classifier"] = "classifiers"
    names["license-file"] = "license_files"
    names["project-url"] = "project_urls"
    return names
  }()

  /// Continued lines of a description begin with eight blanks, or seven and a bar.
  private static func unfolded(_ line: ArraySlice<UInt8>) -> String {
    let text = String(decoding: line, as: UTF8.self)
    for prefix in ["        ", "       |"] where text.hasPrefix(prefix) { return String(text.dropFirst(8)) }
    return String(text.drop { $0 == " " || $0 == "\t" })
  }

  /// PEP 508: letters, digits, and `-._` not at the ends.
  static func isName(_ text: String) -> Bool {
    func isInner(_ byte: UInt8) -> Bool {
      (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte)
    }
    guard let first = text.utf8.first, let last = text.utf8.last, isInner(first), isInner(last) else { return false }
    return text.utf8.count <= 200 && text.utf8.allSatisfy { isInner($0) || $0 == 45 || $0 == 46 || $0 == 95 }
  }

  private static func isVersion(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 128 && PackageFile.isPlainName(text)
      && !text.utf8.contains { "~@=, ".utf8.contains($0) }
  }

  private static func malformed(_ what: String) -> PackageError {
    PackageError(.invalidPackage, "its metadata \(what)")
  }
}
