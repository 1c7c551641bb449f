internal import JourneymanActionKit
internal import JourneymanActionSupport

/// A wheel or source distribution, as it describes itself.
struct Distribution: Sendable {
  /// `bdist_wheel` or `sdist`
  let fileType: String
  /// The wheel's Python tag, or `source`.
  let pythonVersion: String
  let metadata: DistributionMetadata

  /// Looks into a file.
  ///
  /// - Throws: ``PackageError`` when it is no distribution, or is named after another one than it holds.
  init(_ file: PackageFile) async throws {
    let refuse = { (what: String) in PackageError(.invalidPackage, "\(file.path) \(what)") }
    guard PackageFile.isPlainName(file.name) else { throw refuse("has a name that no distribution can have") }
    let claimed: (name: Substring, version: Substring)
    let wanted: String
    if file.name.hasSuffix(".whl") {
      let parts = file.name.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count == 5 || parts.count == 6 else {
        throw refuse("is not named NAME-VERSION-PYTHON-ABI-PLATFORM.whl as wheels are")
      }
      claimed = (parts[0], parts[1])
      (fileType, pythonVersion, wanted) = ("bdist_wheel", String(parts[parts.count - 3]), ".dist-info/METADATA")
    } else if let suffix = [".tar.gz", ".zip"].first(where: file.name.hasSuffix) {
      let stem = file.name.dropLast(suffix.count)
      guard let dash = stem.lastIndex(of: "-") else { throw refuse("is not named NAME-VERSION\(suffix)") }
      claimed = (stem[..<dash], stem[stem.index(after: dash)...])
      (fileType, pythonVersion, wanted) = ("sdist", "source", "/PKG-INFO")
    } else {
      throw refuse("is neither a wheel (.whl) nor a source distribution (.tar.gz, .zip)")
    }
    // At the top only: packages that bring others along have more of these files deeper down.
    let members = try await ArchiveListing.read(file.content, contentLimit: 4 << 20) { path in
      path.hasSuffix(wanted) && path.utf8.filter { $0 == 47 }.count == 1
    }
    guard let member = members.first, members.count == 1 else {
      throw refuse("has \(members.count) files *\(wanted) at its top; expected one")
    }
    do throws(PackageError) {
      metadata = try DistributionMetadata(member.content)
    } catch {
      throw refuse("cannot be published: \(error.message)")
    }
    guard Self.normalized(claimed.name) == Self.normalized(metadata.name[...]),
      Self.comparable(claimed.version) == Self.comparable(metadata.version[...])
    else { throw refuse("says inside that it is \(metadata.name) \(metadata.version)") }
  }

  /// PEP 503.
  private static func normalized(_ name: Substring) -> String {
    name.lowercased().split { "-_.".contains($0) }.joined(separator: "-")
  }

  /// File names write `_` where versions may have `-`.
  private static func comparable(_ version: Substring) -> String {
    String(version.lowercased().map { "-_+".contains($0) ? "." : $0 })
  }
}
