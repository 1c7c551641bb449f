internal import Foundation
public import JourneymanSupport

/// Packs collected files into an archive: the same files give the same bytes.
///
/// Entries stand in the order of the bytes of their paths, belong to user and group 0, have their permission bits, and
/// carry the first moment that zip can express (1 January 1980) unless times are kept. The number of threads does not
/// change the bytes.
///
/// Packing blocks: use it on a thread of its own.
public struct ArchivePackager {
  /// The kind of archive.
  public let format: ArchiveFormat
  /// The compression level of the format: 0–9 for zip, 1–19 for Zstandard.
  public let level: Int
  /// Whether entries carry the times of the files; the bytes then depend on them.
  public let keepsTimes: Bool
  /// How many threads compress, where the format allows it.
  public let threads: Int
  private let isCancelled: () -> Bool

  /// Prepares packing.
  ///
  /// - Parameters:
  ///   - level: `nil` for ``ArchiveFormat/defaultLevel``.
  ///   - threads: `nil` for one per processor, at most 8.
  ///   - isCancelled: asked before each piece of a file; packing stops when it says true.
  public init(
    format: ArchiveFormat, level: Int? = nil, keepsTimes: Bool = false, threads: Int? = nil,
    isCancelled: @escaping () -> Bool = { false }
  ) {
    self.format = format
    self.level = level ?? format.defaultLevel
    self.keepsTimes = keepsTimes
    self.threads = threads ?? min(8, max(1, ProcessInfo.processInfo.activeProcessorCount))
    self.isCancelled = isCancelled
  }

  /// Writes the archive.
  ///
  /// - Parameters:
  ///   - collection: what to pack.
  ///   - root: the descriptor of the directory the files were collected beneath.
  ///   - sink: receives the archive; the caller finishes it.
  /// - Throws: ``ArtifactError`` when a file cannot be read or changes while it is packed, and what the sink throws.
  public func write(_ collection: FileCollection, beneath root: Int32, into sink: any ByteSink) throws {
    try write([ArchivePart(prefix: "", root: root, files: collection.files)], into: sink)
  }

  /// Writes an archive of several parts, each beneath a directory of its own.
  func write(_ parts: [ArchivePart], into sink: any ByteSink) throws {
    let writer = try ArchiveWriter(format: format, level: level, threads: threads, sink: sink)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 262_144, alignment: 16)
    defer { buffer.deallocate() }
    for part in parts {
      for file in part.files {
        try stopIfCancelled()
        try write(file, of: part, through: buffer, to: writer)
      }
    }
    try writer.close()
  }

  private func write(
    _ file: CollectedFile, of part: ArchivePart, through buffer: UnsafeMutableRawBufferPointer, to writer: ArchiveWriter
  ) throws {
    let time = keepsTimes ? file.modified : nil
    let path = joinBytes(part.prefix, Array(file.archivePath))[...]
    switch file.kind {
    case .directory:
      try writer.begin(path, .directory, size: 0, mode: file.mode, time: time)
    case .symbolicLink(let target):
      try writer.begin(path, .symbolicLink(target), size: 0, mode: file.mode, time: time)
    case .file:
      let source = try file.open(beneath: part.root)
      if format == .zip {
        try writer.compresses(!CompressionProbe.isIncompressible(source.descriptor.number, size: source.size))
      }
      try writer.begin(path, .file, size: source.size, mode: file.mode, time: time)
      try copy(source, file, through: buffer, to: writer)
    }
  }

  /// Copies as many bytes as the file had when it was opened: one that grows is cut there, one that shrinks is an error.
  private func copy(
    _ source: borrowing OpenedFile, _ file: CollectedFile, through buffer: UnsafeMutableRawBufferPointer,
    to writer: ArchiveWriter
  ) throws {
    var remaining = source.size
    while remaining > 0 {
      try stopIfCancelled()
      let wanted = Int(min(Int64(buffer.count), remaining))
      let count: Int
      do {
        count = try retryingInterrupts("read \(file.name)") {
          read(source.descriptor.number, buffer.baseAddress, wanted)
        }
      } catch {
        throw ArtifactError(.unreadable, error.description, underlying: error)
      }
      if count == 0 {
        throw ArtifactError(
          .unreadable, "\(file.name) became shorter while it was packed; stop what writes to it before the build ends")
      }
      try writer.data(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      remaining -= Int64(count)
    }
  }

  private func stopIfCancelled() throws(ArtifactError) {
    if isCancelled() { throw ArtifactError(.cancelled, "packing was stopped") }
  }
}

/// Files of one root and the directory they stand in within an archive; empty for none.
struct ArchivePart {
  let prefix: String
  let root: Int32
  let files: [CollectedFile]
}
