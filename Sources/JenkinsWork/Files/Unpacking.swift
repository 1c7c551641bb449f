internal import Foundation
internal import JourneymanArtifacts
internal import JourneymanJenkinsModel
internal import JourneymanSupport

/// Unpacks the archive of `unstash` beneath a directory, whatever a build does there meanwhile.
struct Unpacking {
  let job: UnpackingJob
  let root: Int32

  /// How many entries an archive may have.
  private static let mostEntries = 5_000_000

  /// - Parameter input: gives the archive.
  /// - Returns: how many entries there were.
  /// - Throws: `ArtifactError` for a damaged archive, one with a name that leads out, or a file that cannot be written.
  func run(from input: Int32) throws -> Int {
    let reader = try ArchiveReader(descriptor: input, compression: job.isCompressed ? .gzip : .none)
    var writer = TreeWriter(
      root: root, shownAs: job.shownAs, owner: job.owner.map { FileOwner(user: $0, group: $0) }, followsLinks: true)
    var count = 0
    while let header = try reader.next() {
      count += 1
      if count > Self.mostEntries {
        throw ArtifactError(.limitExceeded, "the archive has more than \(Self.mostEntries) entries")
      }
      try unpack(header, reader, &writer)
    }
    return count
  }

  private func unpack(
    _ header: ArchiveReader.Header, _ reader: ArchiveReader, _ writer: inout TreeWriter
  ) throws {
    var path = header.path[...]
    while path.starts(with: "./".utf8) { path = path.dropFirst(2) }
    while path.last == UInt8(ascii: "/") { path = path.dropLast() }
    let shown = String(decoding: path, as: UTF8.self)
    switch header.kind {
    case .directory: if !path.isEmpty { try writer.makeDirectory(path, mode: header.mode) }
    case .symbolicLink(let target): try writer.makeLink(path, target: target, replacing: true)
    case .file:
      let file = try writer.makeFile(path, mode: header.mode, replacing: true)
      do {
        while let block = try reader.data() { try FileSystem.writeAll(block, to: file.number, name: shown) }
      } catch {
        // Nobody is to take it for the whole file.
        try? writer.removeFile(path)
        throw error as? ArtifactError ?? ArtifactError(.unwritable, "\(error)", underlying: error)
      }
      FileSystem.setModificationTime(file.number, seconds: header.modified)
    case .other:
      throw ArtifactError(.malformedArchive, "the archive has an entry that is no file, directory or link: \(shown)")
    }
  }
}
