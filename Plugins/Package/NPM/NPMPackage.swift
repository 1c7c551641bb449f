internal import Foundation
internal import JourneymanActionKit
internal import JourneymanActionSupport

/// An npm package, as the package.json in its tarball describes it.
struct NPMPackage: Sendable {
  let name: String
  let version: String
  /// package.json as it is.
  let description: Data
  let readme: String?
  /// What `publishConfig` wants, if the action does not say.
  let wantedTag: String?
  let wantedAccess: String?

  /// Looks into a tarball.
  ///
  /// - Throws: ``PackageError`` when it is no package, or is private.
  init(_ file: PackageFile) async throws {
    let members = try await ArchiveListing.read(file.content, contentLimit: 4 << 20) { path in
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      return parts.count == 2 && (parts[1] == "package.json" || parts[1].lowercased() == "readme.md")
    }
    let descriptions = members.filter { $0.path.hasSuffix("/package.json") }
    guard let member = descriptions.first, descriptions.count == 1 else {
      throw PackageError(
        .invalidPackage,
        "\(file.path) has \(descriptions.count) files package.json at its top; expected one, as `npm pack` makes it")
    }
    let readme = members.first { !$0.path.hasSuffix("/package.json") }
    do throws(PackageError) {
      try self.init(
        packageJSON: member.content, readme: readme.map { String(decoding: $0.content.prefix(64 << 10), as: UTF8.self) }
      )
    } catch {
      throw PackageError(.invalidPackage, "\(file.path) cannot be published: \(error.message)")
    }
  }

  /// Reads a package.json.
  init(packageJSON: [UInt8], readme: String?) throws(PackageError) {
    func refuse(_ what: String) -> PackageError { PackageError(.invalidPackage, "its package.json \(what)") }
    if Self.depth(packageJSON) > 64 { throw refuse("is nested too deeply") }
    description = Data(packageJSON)
    guard let object = (try? JSONSerialization.jsonObject(with: description)) as? [String: Any] else {
      throw refuse("is no JSON object")
    }
    guard let name = object["name"] as? String, Self.isName(name) else {
      throw refuse("has no name that a package can have")
    }
    guard let version = object["version"] as? String, Self.isVersion(version) else {
      throw refuse("has no version such as 1.2.3")
    }
    if object["private"] as? Bool ?? false { throw refuse("says that the package is private") }
    let wanted = object["publishConfig"] as? [String: Any]
    (self.name, self.version, self.readme) = (name, version, readme)
    wantedTag = wanted?["tag"] as? String
    wantedAccess = wanted?["access"] as? String
  }

  /// Whether the version is a prerelease.
  var isPrerelease: Bool { version.prefix { $0 != "+" }.contains("-") }

  /// How deep arrays and objects are nested, without parsing them.
  private static func depth(_ bytes: [UInt8]) -> Int {
    var (depth, deepest, isText, isEscaped) = (0, 0, false, false)
    for byte in bytes {
      if isText {
        if isEscaped {
          isEscaped = false
        } else if byte == 92 {
          isEscaped = true
        } else if byte == 34 {
          isText = false
        }
        continue
      }
      switch byte {
      case 34: isText = true
      case 91, 123:
        depth += 1
        deepest = max(deepest, depth)
      case 93, 125: depth -= 1
      default: break
      }
    }
    return deepest
  }

  /// `name` or `@scope/name`: https://docs.npmjs.com/cli/configuring-npm/package-json#name
  static func isName(_ name: String) -> Bool {
    func isPart(_ part: Substring) -> Bool {
      guard let first = part.utf8.first, first != 46, first != 95 else { return false }
      return part.utf8.allSatisfy {
        (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || "-._~".utf8.contains($0)
      }
    }
    guard name.utf8.count <= 214 else { return false }
    if !name.hasPrefix("@") { return isPart(name[...]) }
    let parts = name.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy(isPart)
  }

  /// Semantic Versioning 2.0.0.
  static func isVersion(_ version: String) -> Bool {
    let build = version.split(separator: "+", omittingEmptySubsequences: false)
    guard version.utf8.count <= 256, build.count <= 2, let main = build.first else { return false }
    let core = main.prefix { $0 != "-" }
    let numbers = core.split(separator: ".", omittingEmptySubsequences: false)
    func isNumber(_ text: Substring) -> Bool {
      !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) } && (text.count == 1 || text.first != "0")
    }
    func isTail(_ text: Substring) -> Bool {
      text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
        !part.isEmpty
          && part.utf8.allSatisfy {
            (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || $0 == 45
          }
      }
    }
    guard numbers.count == 3, numbers.allSatisfy(isNumber) else { return false }
    if core.endIndex != main.endIndex, !isTail(main[main.index(after: core.endIndex)...]) { return false }
    return build.count == 1 || isTail(build[1])
  }
}
