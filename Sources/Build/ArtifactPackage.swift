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
  let link: KeeperLink

  /// Writes the package; nothing stands under its name before it is complete.
  ///
  /// - Parameter root: the descriptor of the directory the files were collected beneath.
  /// - Returns: what was made: one file, or for a folder the folder, or each of its files when they are sealed.
  /// - Throws: ``ArtifactError`` or `SystemError`.
  func write(_ collection: FileCollection, beneath root: Int32) throws -> [ArtifactResult] {
    let file = target.file(for: name)
    let path = outputDirectory + "/" + file
    let staged = path + OutputLayout.unfinishedSuffix
    try FileSystem.makeDirectories((path as NSString).deletingLastPathComponent)
    try link.begin(.package)
    do {
      let results =
        if let format = target.format {
          [try writeArchive(collection, beneath: root, format, to: staged, file: file)]
        } else {
          try writeFolder(collection, beneath: root, to: staged, folder: file)
        }
      try retryingInterrupts("rename \(staged)") { rename(staged, path) }
      return results
    } catch {
      if unlink(staged) != 0 { try? FileSystem.removeTree(staged) }
      throw error
    }
  }

  private func writeArchive(
    _ collection: FileCollection, beneath root: Int32, _ format: ArchiveFormat, to staged: String, file: String
  ) throws -> ArtifactResult {
    let output = try FileSystem.open(staged, flags: O_RDWR | O_CREAT | O_TRUNC, mode: 0o644)
    let packager = ArchivePackager(format: format, isCancelled: isCancelled)
    let result = try pack(into: output.number, file: file, finishing: { try link.begin(.seal) }) { sink in
      try packager.write(collection, beneath: root, into: sink)
    }
    try retryingInterrupts("flush \(file)") { fsync(output.number) }
    return result
  }

  /// Copies the files themselves; sealed, each is an envelope of its own.
  private func writeFolder(
    _ collection: FileCollection, beneath root: Int32, to staged: String, folder: String
  ) throws -> [ArtifactResult] {
    var sealed: [ArtifactResult] = []
    let isSealed = !target.recipients.isEmpty
    let suffix = isSealed ? EnvelopeFile.suffix : ""
    let writer = FolderWriter(suffix: suffix, isCancelled: isCancelled)
    let leftOut = try writer.write(collection, beneath: root, into: staged) { source, copy, name in
      if !isSealed { return try FileSystem.copyContent(from: source, to: copy, name: name) }
      let file = folder + "/" + name + suffix
      sealed.append(
        try pack(into: copy, file: file, finishing: {}) { sink in
          var buffer = [UInt8](repeating: 0, count: 262_144)
          while true {
            let count = try retryingInterrupts("read \(name)") {
              buffer.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
            }
            if count == 0 { break }
            try buffer.withUnsafeBytes { try sink.write(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
          }
        })
    }
    try link.begin(.seal)
    for name in leftOut {
      link.emit(.message(.warning, "\(name) is a link to no file and is left out of the folder \(self.name)"))
    }
    if isSealed { return sealed }
    var result = ArtifactResult(identifier: identifier, file: folder, bytes: collection.totalSize, sha256: nil)
    result.store = target.store
    return [result]
  }

  /// Packs into the output, through a sealer if there are recipients, and describes what was written.
  ///
  /// - Parameter finishing: called before the envelope is completed.
  private func pack(
    into output: Int32, file: String, finishing: () throws -> Void, _ pack: (any ByteSink) throws -> Void
  ) throws -> ArtifactResult {
    var result = ArtifactResult(
      identifier: identifier, file: file, bytes: 0, sha256: nil, sealed: !target.recipients.isEmpty,
      recipients: target.recipients.map(\.description))
    result.store = target.store
    if target.recipients.isEmpty {
      let sink = try DigestingSink(output, name: file)
      try pack(sink)
      try finishing()
      (result.bytes, result.sha256) = try sink.finished()
      (result.plainBytes, result.plainSHA256) = (result.bytes, result.sha256)
      return result
    }
    let sealer = try Sealer(to: output, for: .recipients(target.recipients), name: file)
    try pack(sealer)
    try finishing()
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
