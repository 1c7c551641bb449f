/// A Git LFS pointer: the small text that stands in the repository for a large file
/// (git-lfs/docs/spec.md, version 1).
struct LargeFilePointer: Sendable, Hashable {
  /// The SHA-256 of the content, 64 lower-case hexadecimal digits.
  let oid: String
  /// The content's length in bytes.
  let size: Int64

  private static let largest = 1024

  /// Reads a pointer; `nil` when the content is not one, and so is checked out as it is.
  init?(_ content: UnsafeRawBufferPointer) {
    guard content.count < Self.largest else { return nil }
    let lines = String(decoding: content, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: true)
    guard let version = lines.first,
      ["version https://git-lfs.github.com/spec/v1", "version https://hawser.github.com/spec/v1"].contains(version)
    else { return nil }
    var fields: [Substring: Substring] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, fields.updateValue(parts[1], forKey: parts[0]) == nil else { return nil }
    }
    guard let oid = fields["oid"], oid.hasPrefix("sha256:"), let size = fields["size"].flatMap({ Int64($0) }), size >= 0
    else { return nil }
    let digits = oid.dropFirst("sha256:".count)
    guard digits.utf8.count == 64, digits.utf8.allSatisfy(ObjectID.isHexadecimal), digits == digits.lowercased() else {
      return nil
    }
    self.oid = String(digits)
    self.size = size
  }
}
