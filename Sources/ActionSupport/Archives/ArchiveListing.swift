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
      while try archive.next() {
        count += 1
        if count > entryLimit { throw SupportError(.limit, "\(file.path) has more than \(entryLimit) entries") }
        if archive.end > unpackedLimit {
          throw SupportError(.limit, "\(file.path) unpacks to more than \(unpackedLimit) bytes")
        }
        let path = archive.shownPath
        guard archive.isRegular, isWanted(path) else { continue }
        let content = try archive.content(limit: contentLimit)
        total += content.count
        if total > 8 * contentLimit { throw SupportError(.limit, "the wanted files of \(file.path) are too long") }
        entries.append(Entry(path: path, content: content))
      }
      return entries
    }
  }
}
