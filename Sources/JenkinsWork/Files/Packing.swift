internal import Foundation
internal import JourneymanArtifacts
internal import JourneymanJenkinsModel
internal import JourneymanSupport

/// Writes the archives of `stash`, `archiveArtifacts` and the workspace browser.
struct Packing {
  let job: PackingJob
  /// The directory; `nil` when it does not exist, which gives an empty archive.
  let root: Int32?

  /// As fast as a fast network, and smaller than the fastest level by a tenth.
  private static let level = 3

  private struct Entry {
    let name: [UInt8]
    let file: FoundFile
  }

  /// - Returns: how many entries there are.
  /// - Throws: `ArtifactError` when a file is gone or changes, `SystemError`, and what the sink throws.
  func run(into sink: any ByteSink) throws -> Int {
    let encoding: ArchiveWriter.Encoding =
      switch job.format {
      case .tar: .gnuTar(gzipLevel: nil)
      case .tarGzip: .gnuTar(gzipLevel: Self.level)
      case .zip: .zip(level: Self.level)
      }
    let writer = try ArchiveWriter(encoding, sink: sink)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    var count = 0
    if let root {
      for entry in try entries(root) where try write(entry, beneath: root, to: writer, through: buffer) { count += 1 }
    }
    try writer.close()
    return count
  }

  private func entries(_ root: Int32) throws -> [Entry] {
    let prefix = job.prefix.isEmpty ? [] : Array(job.prefix.utf8) + [UInt8(ascii: "/")]
    switch job.content {
    case .selection(let selection):
      return try FileScan(selection, beneath: root).run().map { Entry(name: prefix + $0.path, file: $0) }
    case .files(let files):
      return files.sorted { $0.key < $1.key }.map { name, path in
        let bytes = Array(path.utf8)
        let kind = LinkTarget.read(root, bytes).map { FoundFile.Kind.link($0) } ?? .file
        return Entry(name: prefix + Array(name.utf8), file: FoundFile(path: bytes, kind: kind))
      }
    }
  }

  /// - Returns: whether there is an entry: a zip has none for a link that leads nowhere or out.
  private func write(
    _ entry: Entry, beneath root: Int32, to writer: ArchiveWriter, through buffer: UnsafeMutableRawBufferPointer
  ) throws -> Bool {
    if case .link(let target) = entry.file.kind {
      if job.format != .zip {
        try writer.begin(entry.name[...], .symbolicLink(target), size: 0, mode: 0o777, time: nil)
        return true
      }
      guard ReadableFile.exists(entry.file.path, beneath: root) else { return false }
    }
    let file = try ReadableFile(entry.file.path, beneath: root)
    try writer.begin(entry.name[...], .file, size: file.size, mode: file.mode, time: file.modified / 1000)
    var rest = file.size
    while rest > 0 {
      let count = try file.read(
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(Int64(buffer.count), rest))]))
      if count == 0 {
        throw ArtifactError(.unreadable, "\(file.shown) became shorter while it was read; stop what writes to it")
      }
      try writer.data(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      rest -= Int64(count)
    }
    return true
  }
}
