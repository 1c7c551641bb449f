internal import Foundation
internal import JourneymanSupport

/// Unpacks a cache archive into its roots.
struct CacheExtractor {
  let roots: [CacheRoot]
  let owner: FileOwner?
  let entry: CacheEntry
  let skips: SkipLog
  let isCancelled: () -> Bool

  /// - Parameter descriptor: the open archive.
  /// - Returns: how many files, directories and links were made.
  /// - Throws: ``ArtifactError`` when the archive is damaged or holds more than its entry says.
  func run(_ descriptor: Int32) throws -> Int {
    var status = stat()
    if fstat(descriptor, &status) != 0 || Int64(status.st_size) != entry.archiveBytes {
      throw ArtifactError(
        .malformedArchive, "the cache archive \(entry.archive) does not have the size it was saved with")
    }
    var writers: [String: TreeWriter] = [:]
    for root in roots {
      writers[root.name] = TreeWriter(root: root.descriptor, shownAs: root.visiblePath, owner: owner)
    }
    let reader = try ArchiveReader(descriptor: descriptor)
    var count = 0
    var seen = 0
    var remaining = entry.unpackedBytes
    while let header = try reader.next() {
      if isCancelled() { throw ArtifactError(.cancelled, "restoring the cache was stopped") }
      seen += 1
      if seen > entry.entries { throw tooLarge }
      guard let slash = header.path.firstIndex(of: UInt8(ascii: "/")) else { continue }
      let name = String(decoding: header.path[..<slash], as: UTF8.self)
      let path = header.path[(slash + 1)...]
      // A root that this build does not have.
      guard var writer = writers[name] else { continue }
      do {
        try unpack(header, path, &writer, reader, &remaining)
        count += 1
      } catch let error as ArtifactError where error.code == .unwritable && !isOutOfSpace(error) {
        skips.skip(Array(path), error.message)
      }
      writers[name] = writer
    }
    skips.finish()
    return count
  }

  private func unpack(
    _ header: ArchiveReader.Header, _ path: ArraySlice<UInt8>, _ writer: inout TreeWriter, _ reader: ArchiveReader,
    _ remaining: inout Int64
  ) throws {
    switch header.kind {
    case .directory:
      let trimmed = path.last == UInt8(ascii: "/") ? path.dropLast() : path
      try writer.makeDirectory(trimmed, mode: header.mode)
    case .symbolicLink(let target):
      try writer.makeLink(path, target: target, replacing: true)
    case .file:
      let file = try writer.makeFile(path, mode: header.mode, replacing: true)
      let shown = String(decoding: path, as: UTF8.self)
      while let block = try reader.data() {
        remaining -= Int64(block.count)
        if remaining < 0 { throw tooLarge }
        do {
          try FileSystem.writeAll(block, to: file.number, name: shown)
        } catch {
          throw ArtifactError(.unwritable, error.description, underlying: error)
        }
      }
      FileSystem.setModificationTime(file.number, seconds: header.modified)
    case .other:
      break
    }
  }

  private var tooLarge: ArtifactError {
    ArtifactError(.malformedArchive, "the cache archive \(entry.archive) holds more than was saved")
  }

  private func isOutOfSpace(_ error: ArtifactError) -> Bool {
    guard let number = (error.underlying as? SystemError)?.number else { return false }
    return number == ENOSPC || number == EDQUOT || number == EIO
  }
}
