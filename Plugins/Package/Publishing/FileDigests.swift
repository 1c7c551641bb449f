internal import Foundation
internal import JourneymanActionKit
internal import JourneymanActionSupport

/// The digests of one file, as repositories want them written.
struct FileDigests: Sendable, Hashable {
  private let values: [DigestAlgorithm: [UInt8]]

  /// Reads a whole file on a thread of its own.
  static func compute(_ algorithms: Set<DigestAlgorithm>, of file: ActionFile) async throws -> FileDigests {
    FileDigests(values: try await FileDigest.digests(of: file, algorithms))
  }

  /// The digests of bytes at hand.
  static func compute(_ algorithms: Set<DigestAlgorithm>, of bytes: [UInt8]) throws -> FileDigests {
    var values: [DigestAlgorithm: [UInt8]] = [:]
    for algorithm in algorithms { values[algorithm] = try FileDigest.digest(of: bytes, algorithm) }
    return FileDigests(values: values)
  }

  /// In lower-case hexadecimal digits; empty when the algorithm was not asked for.
  func hexadecimal(_ algorithm: DigestAlgorithm) -> String { FileDigest.hexadecimal(values[algorithm] ?? []) }

  /// In base64 with padding.
  func base64(_ algorithm: DigestAlgorithm) -> String { Data(values[algorithm] ?? []).base64EncodedString() }
}
