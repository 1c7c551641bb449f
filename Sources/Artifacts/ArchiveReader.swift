internal import CArchive
internal import Foundation
internal import JourneymanSupport

/// libarchive's reader of tar archives, and of nothing else. Belongs to one thread from its making to its end.
package final class ArchiveReader {
  /// How an archive is compressed.
  package enum Compression: Sendable {
    /// Zstandard.
    case zstd
    /// Gzip.
    case gzip
    /// Not at all.
    case none
  }

  /// What an entry is.
  package enum Kind {
    case file
    case directory
    case symbolicLink([UInt8])
    /// A device, pipe or hard link.
    case other
  }

  /// An entry.
  package struct Header {
    /// The name, any bytes.
    package let path: [UInt8]
    /// What it is.
    package let kind: Kind
    /// Permission bits.
    package let mode: UInt32
    /// Seconds since 1970.
    package let modified: Int64
  }

  private let archive: OpaquePointer
  private let locale: locale_t?

  /// Reads from an open descriptor, which stays open as long as the reader is used.
  package init(descriptor: Int32, compression: Compression = .zstd) throws {
    guard let archive = archive_read_new() else {
      throw ArtifactError(.malformedArchive, "there is no memory left to unpack")
    }
    self.archive = archive
    locale = journeyman_use_utf8()
    switch compression {
    case .zstd: archive_read_support_filter_zstd(archive)
    case .gzip: archive_read_support_filter_gzip(archive)
    case .none: archive_read_support_filter_none(archive)
    }
    archive_read_support_format_tar(archive)
    if archive_read_open_fd(archive, descriptor, 1 << 18) != ARCHIVE_OK { throw failure() }
  }

  deinit {
    archive_read_free(archive)
    journeyman_restore_locale(locale)
  }

  /// The next entry, or `nil` at the end.
  package func next() throws -> Header? {
    var found: OpaquePointer?
    let status = archive_read_next_header(archive, &found)
    if status == ARCHIVE_EOF { return nil }
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry = found else { throw failure() }
    guard let name = archive_entry_pathname(entry) else {
      throw ArtifactError(.malformedArchive, "the archive has an entry without a name")
    }
    let kind: Kind =
      if archive_entry_hardlink(entry) != nil {
        .other
      } else {
        switch archive_entry_filetype(entry) {
        case journeyman_file_type: .file
        case journeyman_directory_type: .directory
        case journeyman_link_type: .symbolicLink(archive_entry_symlink(entry).map(Self.bytes) ?? [])
        default: .other
        }
      }
    return Header(
      path: Self.bytes(name), kind: kind, mode: archive_entry_perm(entry) & 0o777,
      modified: Int64(archive_entry_mtime(entry)))
  }

  /// The next bytes of the entry, valid until the next call, or `nil` at its end.
  package func data() throws -> UnsafeRawBufferPointer? {
    var block: UnsafeRawPointer?
    var count = 0
    var offset: Int64 = 0
    switch archive_read_data_block(archive, &block, &count, &offset) {
    case ARCHIVE_OK: return UnsafeRawBufferPointer(start: block, count: count)
    case ARCHIVE_EOF: return nil
    default: throw failure()
    }
  }

  private static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
  }

  private func failure() -> ArtifactError {
    let text = archive_error_string(archive).map { String(cString: $0) } ?? "unknown error"
    return ArtifactError(.malformedArchive, "the archive is damaged: \(text)")
  }
}
