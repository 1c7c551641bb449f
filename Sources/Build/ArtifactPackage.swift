import Foundation
import JourneymanArtifacts
import JourneymanBuildModel
import JourneymanSealing
import JourneymanSupport

/// Packs one collection for one target, in one pass: read, pack, hash, seal, hash, write.
struct ArtifactPackage {
  let identifier: String
  let name: String
  let target: ArtifactTarget
  let outputDirectory: String
  let isCancelled: @Sendable () -> Bool

  /// Writes the package; nothing stands under its name before it is complete.
  ///
  /// - Parameter root: the descriptor of the directory the files were collected beneath.
  /// - Throws: ``ArtifactError`` or `SystemError`.
  func write(_ collection: FileCollection, beneath root: Int32) throws -> ArtifactResult {
    let file = target.file(for: name)
    let path = outputDirectory + "/" + file
    try FileSystem.makeDirectories((path as NSString).deletingLastPathComponent)
    guard let format = target.format else {
      try FolderWriter(isCancelled: isCancelled).write(collection, beneath: root, into: path)
      var result = ArtifactResult(identifier: identifier, file: file, bytes: collection.totalSize, sha256: nil)
      result.store = target.store
      return result
    }
    let staged = path + ".partial"
    do {
      let output = try FileSystem.open(staged, flags: O_RDWR | O_CREAT | O_TRUNC, mode: 0o644)
      let packager = ArchivePackager(format: format, isCancelled: isCancelled)
      let result = try pack(into: output.number, file: file) { sink in
        try packager.write(collection, beneath: root, into: sink)
      }
      try retryingInterrupts("flush \(file)") { fsync(output.number) }
      try retryingInterrupts("rename \(staged)") { rename(staged, path) }
      return result
    } catch {
      unlink(staged)
      throw error
    }
  }

  /// Packs into the output, through a sealer if there are recipients, and describes what was written.
  private func pack(
    into output: Int32, file: String, _ pack: (any ByteSink) throws -> Void
  ) throws -> ArtifactResult {
    var result = ArtifactResult(
      identifier: identifier, file: file, bytes: 0, sha256: nil, sealed: !target.recipients.isEmpty,
      recipients: target.recipients.map(\.description))
    result.store = target.store
    if target.recipients.isEmpty {
      let sink = try DigestingSink(output, name: file)
      try pack(sink)
      (result.bytes, result.sha256) = try sink.finished()
      (result.plainBytes, result.plainSHA256) = (result.bytes, result.sha256)
      return result
    }
    let sealer = try Sealer(to: output, for: .recipients(target.recipients), name: file)
    try pack(sealer)
    try sealer.finish()
    guard let sealed = sealer.result else { throw BuildError(.system, "\(file) was not sealed completely") }
    (result.bytes, result.sha256) = (sealed.sealedBytes, sealed.sealedSHA256)
    (result.plainBytes, result.plainSHA256) = (sealed.plainBytes, sealed.plainSHA256)
    return result
  }
}

/// Writes to a descriptor and hashes what it writes.
private final class DigestingSink: ByteSink {
  private let output: DescriptorSink
  private var digest: Digest?

  init(_ descriptor: Int32, name: String) throws {
    output = DescriptorSink(descriptor, name: name)
    digest = try Digest()
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    try digest?.update(bytes)
    try output.write(bytes)
  }

  func finish() throws {}

  /// The number of bytes that were written and their SHA-256 in hex.
  func finished() throws -> (Int64, String?) { (Int64(output.count), try digest.take()?.finishHexadecimal()) }
}
