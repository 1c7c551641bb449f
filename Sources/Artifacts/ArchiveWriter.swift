internal import CArchive
internal import Foundation
package import JourneymanSupport

/// libarchive's writer over a sink. Belongs to one thread from its making to its end.
package final class ArchiveWriter {
  /// How an archive is written.
  package enum Encoding: Sendable {
    /// Zip with deflate.
    case zip(level: Int)
    /// POSIX tar, compressed with Zstandard.
    case tarZstd(level: Int, threads: Int)
    /// GNU tar with any length of name and size, compressed with gzip or not at all.
    case gnuTar(gzipLevel: Int?)
  }

  /// What an entry is.
  package enum EntryKind {
    case file
    case directory
    case symbolicLink([UInt8])
  }

  private let archive: OpaquePointer
  private let entry: OpaquePointer
  private let output: Output
  private let isZip: Bool
  private let locale: locale_t?
  private var isClosed = false

  /// Where libarchive's callback finds the sink, and leaves its error.
  private final class Output {
    let sink: any ByteSink
    var failure: (any Error)?
    init(_ sink: any ByteSink) { self.sink = sink }
  }

  /// 1 January 1980, where zip's calendar begins.
  private static let stableTime = 315_532_800

  convenience init(format: ArchiveFormat, level: Int, threads: Int, sink: any ByteSink) throws {
    switch format {
    case .zip: try self.init(.zip(level: level), sink: sink)
    case .tarZstd: try self.init(.tarZstd(level: level, threads: threads), sink: sink)
    }
  }

  /// Begins an archive.
  ///
  /// - Parameter sink: receives the archive; the caller finishes it.
  /// - Throws: ``ArtifactError``
  package init(_ encoding: Encoding, sink: any ByteSink) throws {
    guard let archive = archive_write_new(), let entry = archive_entry_new2(archive) else {
      throw ArtifactError(.unwritable, "there is no memory left to pack")
    }
    self.archive = archive
    self.entry = entry
    isZip = if case .zip = encoding { true } else { false }
    output = Output(sink)
    locale = journeyman_use_utf8()
    switch encoding {
    case .zip(let level):
      try check(archive_write_set_format_zip(archive))
      try check(archive_write_set_options(archive, "zip:compression-level=\(level),zip:hdrcharset=UTF-8"))
    case .tarZstd(let level, let threads):
      try check(archive_write_set_format_pax_restricted(archive))
      try check(archive_write_add_filter_zstd(archive))
      // Also on one processor: the multi-threaded compressor cuts its input elsewhere, and bytes must not depend on it.
      let options = "zstd:compression-level=\(level),zstd:threads=\(max(2, threads))"
      try check(archive_write_set_options(archive, options))
    case .gnuTar(let level):
      try check(archive_write_set_format_gnutar(archive))
      if let level {
        try check(archive_write_add_filter_gzip(archive))
        // Without a time in the header the same files give the same bytes.
        try check(archive_write_set_options(archive, "gzip:compression-level=\(level),gzip:!timestamp"))
      }
    }
    try check(archive_write_set_bytes_per_block(archive, 1 << 18))
    try check(archive_write_set_bytes_in_last_block(archive, 1))
    let context = Unmanaged.passUnretained(output).toOpaque()
    let status = archive_write_open(
      archive, context, nil,
      { _, context, bytes, count in
        guard let context else { return -1 }
        let output = Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
        if output.failure != nil { return -1 }
        do {
          try output.sink.write(UnsafeRawBufferPointer(start: bytes, count: count))
          return count
        } catch {
          output.failure = error
          return -1
        }
      }, nil)
    try check(status)
  }

  deinit {
    // Without this the unfinished archive would be completed, as if it were whole.
    if !isClosed { archive_write_fail(archive) }
    archive_entry_free(entry)
    archive_write_free(archive)
    journeyman_restore_locale(locale)
  }

  /// Chooses, for the entries that follow, between deflate and storing. Only for zip.
  package func compresses(_ compresses: Bool) throws {
    try check(
      compresses
        ? archive_write_zip_set_compression_deflate(archive) : archive_write_zip_set_compression_store(archive))
  }

  /// Begins an entry; its data follows.
  ///
  /// - Parameter time: seconds since 1970, or `nil` for the stable time.
  package func begin(_ path: ArraySlice<UInt8>, _ kind: EntryKind, size: Int64, mode: UInt32, time: Int64?) throws {
    archive_entry_clear(entry)
    let name = isZip ? ArchiveName.utf8(path) : Array(path)
    archive_entry_set_pathname(entry, name.map { CChar(bitPattern: $0) } + [0])
    archive_entry_set_perm(entry, mode & 0o777)
    archive_entry_set_uid(entry, 0)
    archive_entry_set_gid(entry, 0)
    if let time {
      archive_entry_set_mtime(entry, Int(time), 0)
    } else if !isZip {
      // Zip would write it in local time; without a time it writes the first moment of its calendar, the same everywhere.
      archive_entry_set_mtime(entry, Self.stableTime, 0)
    }
    switch kind {
    case .file:
      archive_entry_set_filetype(entry, journeyman_file_type)
      archive_entry_set_size(entry, size)
    case .directory:
      archive_entry_set_filetype(entry, journeyman_directory_type)
    case .symbolicLink(let target):
      archive_entry_set_filetype(entry, journeyman_link_type)
      archive_entry_set_symlink(entry, target.map { CChar(bitPattern: $0) } + [0])
    }
    // libarchive takes an ENOMEM that an earlier call left behind for one of its own.
    errno = 0
    try check(archive_write_header(archive, entry))
  }

  /// Writes the next bytes of the entry.
  package func data(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
      let count = archive_write_data(archive, rest.baseAddress, rest.count)
      if count <= 0 { throw failure() }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Ends the archive.
  package func close() throws {
    isClosed = true
    try check(archive_write_close(archive))
  }

  /// A warning is about a name that is not UTF-8, which tar keeps as the bytes it is.
  private func check(_ status: Int32) throws {
    if status != ARCHIVE_OK && status != ARCHIVE_WARN { throw failure() }
  }

  private func failure() -> any Error {
    if let failure = output.failure { return failure }
    let text = archive_error_string(archive).map { String(cString: $0) } ?? "unknown error"
    return ArtifactError(.unwritable, "cannot pack: \(text)")
  }
}
