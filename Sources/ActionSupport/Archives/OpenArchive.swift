internal import CArchive
internal import Foundation
internal import JourneymanSupport

/// A zip, tar, tar.gz, tar.xz or tar.zst archive that is being read. Used by one thread.
final class OpenArchive {
  /// What an entry is.
  enum Kind {
    case file
    case directory
    case symbolicLink([UInt8])
    /// Another name of an earlier entry.
    case hardLink([UInt8])
    /// A device or pipe.
    case special
  }

  private let archive: OpaquePointer
  private let locale: locale_t?
  private let name: String
  /// What the current entry is.
  private(set) var kind = Kind.special
  /// The current entry's path as bytes.
  private(set) var path: [UInt8] = []
  /// The current entry's permission bits.
  private(set) var mode: UInt32 = 0
  /// When the current entry was changed, in seconds since 1970.
  private(set) var modified: Int64 = 0
  private var size: Int64 = 0

  init(_ descriptor: Int32, name: String) throws(SupportError) {
    self.name = name
    guard let archive = archive_read_new() else { throw SupportError(.library, "there is no memory left") }
    self.archive = archive
    locale = journeyman_use_utf8()
    archive_read_support_filter_gzip(archive)
    archive_read_support_filter_xz(archive)
    archive_read_support_filter_zstd(archive)
    archive_read_support_format_tar(archive)
    archive_read_support_format_zip_streamable(archive)
    archive_read_support_format_zip_seekable(archive)
    if archive_read_open_fd(archive, descriptor, 1 << 16) != ARCHIVE_OK { throw damaged() }
  }

  deinit {
    archive_read_free(archive)
    journeyman_restore_locale(locale)
  }

  /// Goes to the next entry.
  ///
  /// - Returns: `false` at the end.
  func next() throws(SupportError) -> Bool {
    var entry: OpaquePointer?
    switch archive_read_next_header(archive, &entry) {
    case ARCHIVE_EOF: return false
    case ARCHIVE_OK, ARCHIVE_WARN: break
    default: throw damaged()
    }
    path = archive_entry_pathname(entry).map(Self.bytes) ?? []
    mode = UInt32(archive_entry_perm(entry))
    modified = Int64(archive_entry_mtime(entry))
    size = archive_entry_size(entry)
    if let target = archive_entry_hardlink(entry) {
      kind = .hardLink(Self.bytes(target))
    } else {
      kind =
        switch archive_entry_filetype(entry) {
        case journeyman_file_type: .file
        case journeyman_directory_type: .directory
        case journeyman_link_type: .symbolicLink(archive_entry_symlink(entry).map(Self.bytes) ?? [])
        default: .special
        }
    }
    return true
  }

  /// Whether the current entry is a regular file.
  var isRegular: Bool { if case .file = kind { true } else { false } }

  /// The current entry's path for messages.
  var shownPath: String { String(decoding: path, as: UTF8.self) }

  /// Where the entry ends in what is unpacked: it is, even to be skipped, except in a zip, which is read by its index.
  var end: Int64 {
    if archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK == ARCHIVE_FORMAT_ZIP { return 0 }
    let (end, overflow) = archive_filter_bytes(archive, 0).addingReportingOverflow(size)
    return overflow ? .max : end
  }

  /// The next bytes of the current entry into a buffer.
  ///
  /// - Returns: how many; 0 at the end.
  func read(into buffer: inout [UInt8]) throws(SupportError) -> Int {
    let count = archive_read_data(archive, &buffer, buffer.count)
    if count < 0 { throw damaged() }
    return count
  }

  /// The content of the current entry.
  func content(limit: Int) throws(SupportError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = try read(into: &chunk)
      if count == 0 { return bytes }
      if bytes.count + count > limit {
        throw SupportError(.limit, "\(shownPath) in \(name) has more than \(limit) bytes")
      }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  private static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
  }

  private func damaged() -> SupportError {
    let text = archive_error_string(archive).map { String(cString: $0) } ?? "unknown error"
    return SupportError(.malformed, "\(name) is no archive, or a damaged one: \(text)")
  }
}
