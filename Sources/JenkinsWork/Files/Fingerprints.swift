internal import CCrypto
internal import Foundation
internal import JourneymanArtifacts
internal import JourneymanJenkinsModel
internal import JourneymanSupport

/// The digests by which Jenkins follows files from job to job.
enum Fingerprints {
  /// Links that lead nowhere or out of the directory have no fingerprint.
  static func find(_ selection: FileSelection, beneath root: Int32) throws -> [FileFingerprint] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    return try FileScan(selection, beneath: root).run().compactMap { found in
      guard let path = String(validating: found.path, as: UTF8.self) else { return nil }
      if case .link = found.kind, !ReadableFile.exists(found.path, beneath: root) { return nil }
      let file = try ReadableFile(found.path, beneath: root)
      return FileFingerprint(path: path, md5: try md5(of: file, through: buffer), modified: file.modified)
    }
  }

  private static func md5(
    of file: borrowing ReadableFile, through buffer: UnsafeMutableRawBufferPointer
  ) throws -> String {
    guard let context = EVP_MD_CTX_new() else { throw SystemError("compute a digest", number: ENOMEM) }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestInit_ex(context, EVP_md5(), nil) == 1 else {
      throw ArtifactError(.unreadable, "this machine's libcrypto refuses MD5, without which there are no fingerprints")
    }
    while true {
      let count = try file.read(into: buffer)
      if count == 0 { break }
      EVP_DigestUpdate(context, buffer.baseAddress, count)
    }
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    EVP_DigestFinal_ex(context, &digest, &length)
    return digest.prefix(Int(length)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
