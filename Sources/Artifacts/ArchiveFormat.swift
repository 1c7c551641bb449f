/// The kinds of archive that are written.
public enum ArchiveFormat: String, Sendable, Hashable, CaseIterable {
  /// Zip with deflate; Zip64 where it is needed.
  case zip = "zip"
  /// A POSIX tar archive, compressed with Zstandard on several threads.
  case tarZstd = "tar.zst"

  /// What the file's name ends in, without the first dot.
  public var fileExtension: String { rawValue }

  /// The compression level in use unless another is asked for.
  public var defaultLevel: Int {
    switch self {
    case .zip: 6
    case .tarZstd: 3
    }
  }
}
