import JourneymanActionKit
import JourneymanActionSupport

/// A file that is uploaded: out of the build's reach, with its digest.
struct WebUpload: Sendable {
  let file: ActionFile
  let type: String
  /// SHA-256 in hexadecimal digits.
  let digest: String

  /// Takes a file as it is, or packs a directory.
  ///
  /// - Throws: `PluginError` when neither is there, or the directory cannot be packed.
  static func prepare(_ source: String, release: String, _ context: ActionContext) async throws -> WebUpload {
    let name: String
    let type: String
    if let single = try? context.workspace.open(source) {
      let last = source.split(separator: "/").last.map(String.init) ?? "file"
      name = String(last.map { isPlain($0) ? $0 : "_" })
      type = "application/octet-stream"
      try await context.output.copy(single, to: name)
    } else {
      let tree = try await SourceTree(source, of: context.workspace)
      if tree.fileCount == 0 { throw PluginError(.file, "there is nothing in \(source) to deploy") }
      name = release + ".tar.gz"
      type = "application/gzip"
      try await ReleaseArchive.pack(tree, as: name, isCompressed: true, context)
    }
    let file = try WorkspaceFiles(directory: context.output.path).open(name)
    let digest = try await FileDigest.digests(of: file, [.sha256])[.sha256] ?? []
    return WebUpload(file: file, type: type, digest: FileDigest.hexadecimal(digest))
  }

  /// Whether a character of a file's name stands for itself in a URL.
  private static func isPlain(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
  }
}
