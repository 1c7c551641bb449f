internal import CArchive
internal import Foundation
public import JourneymanActionKit
internal import JourneymanSupport

/// Looks into zip, tar, tar.gz, tar.xz and tar.zst archives without unpacking them: to take a package's name from the
/// metadata in it. Nothing is written to disk.
public enum ArchiveListing {
  /// A regular file in an archive.
  public struct Entry: Sendable {
    /// Its path as the archive has it. Untrusted: never use it as a path on disk.
    public let path: String
    /// Its content.
    public let content: [UInt8]
  }

  /// Finds the files of an archive that are wanted and reads them, on a thread of its own.
  ///
  /// - Parameters:
  ///   - file: the archive.
  ///   - entryLimit: how many entries are looked at; an archive with more is an error.
  ///   - contentLimit: the most bytes of one wanted file, and eight times as many of all together.
  ///   - unpackedLimit: the most bytes that are unpacked to get past what is not wanted.
  ///   - isWanted: asked with the path of each regular file.
  /// - Returns: the wanted files in the archive's order.
  /// - Throws: ``SupportError`` when the archive is damaged or exceeds a limit.
  public static func read(
    _ file: ActionFile, entryLimit: Int = 100_000, contentLimit: Int = 1 << 20,
    unpackedLimit: Int64 = 4 << 30, _ isWanted: @escaping @Sendable (String) -> Bool
  ) async throws -> [Entry] {
    try await runBlocking {
      let descriptor = try FileSystem.open("/proc/self/fd/\(file.descriptor)", flags: O_RDONLY)
      let archive = try OpenArchive(descriptor.number, name: file.path)
      var entries: [Entry] = []
      var total = 0
      var count = 0
      while let path = try archive.next() {
        count += 1
        if count > entryLimit { throw SupportError(.limit, "\(file.path) has more than \(entryLimit) entries") }
        if archive.end > unpackedLimit {
          throw SupportError(.limit, "\(file.path) unpacks to more than \(unpackedLimit) bytes")
        }
        guard archive.isRegular, isWanted(path) else { continue }
        let content = try archive.content(limit: contentLimit, path: path)
        total += content.count
        if total > 8 * contentLimit { throw SupportError(.limit, "the wanted files of \(file.path) are too long") }
        entries.append(Entry(path: path, content: content))
      }
      return entries
    }
  }
}

/// An archive that is being read. Used by one thread.
private final class OpenArchive {
  private let archive: OpaquePointer
  private let locale: locale_t?
  private let name: String
  private(set) var isRegular = false
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

  /// The path of the next entry.
  func next() throws(SupportError) -> String? {
    var entry: OpaquePointer?
    switch archive_read_next_header(archive, &entry) {
    case ARCHIVE_EOF: return nil
    case ARCHIVE_OK, ARCHIVE_WARN: break
    default: throw damaged()
    }
    size = archive_entry_size(entry)
    isRegular = archive_entry_filetype(entry) == journeyman_file_type && archive_entry_hardlink(entry) == nil
    guard let path = archive_entry_pathname(entry) else { return "" }
    return String(cString: path)
  }

  /// Where the entry ends in what is unpacked: it is, even to be skipped, except in a zip, which is read by its index.
  var end: Int64 {
    if archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK == ARCHIVE_FORMAT_ZIP { return 0 }
    let (end, overflow) = archive_filter_bytes(archive, 0).addingReportingOverflow(size)
    return overflow ? .max : end
  }

  /// The content of the entry.
  func content(limit: Int, path: String) throws(SupportError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = archive_read_data(archive, &chunk, chunk.count)
      if count == 0 { return bytes }
      if count < 0 { throw damaged() }
      if bytes.count + count > limit { throw SupportError(.limit, "\(path) in \(name) has more than \(limit) bytes") }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  private func damaged() -> SupportError {
    let text = archive_error_string(archive).map { String(cString: $0) } ?? "unknown error"
    return SupportError(.malformed, "\(name) is no archive, or a damaged one: \(text)")
  }
}
