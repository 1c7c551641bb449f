internal import Foundation
internal import JourneymanSealing
internal import JourneymanSupport

/// What a cache directory says about one key: a small JSON file that names the archive. It is published in one step,
/// after the archive is whole, so that a reader sees a complete entry or none.
struct CacheEntry: Codable {
  /// The key as the buildspec's shell gave it.
  var key: String
  /// The archive's file name.
  var archive: String
  /// Bytes of the archive.
  var archiveBytes: Int64
  /// Files, directories and links in it.
  var entries: Int
  /// The sum of the sizes of the files in it.
  var unpackedBytes: Int64
  /// When it was saved.
  var created: Timestamp
}

/// The index of a cache directory.
struct CacheIndex {
  /// The cache directory.
  let directory: String

  var indexPath: String { directory + "/index" }
  var archivesPath: String { directory + "/archives" }

  private static let suffix = ".json"
  private static let longestEntry = 65_536

  /// Makes the directories.
  func prepare() throws {
    try FileSystem.makeDirectories(directory, mode: 0o700)
    try FileSystem.makeDirectories(indexPath, mode: 0o700)
    try FileSystem.makeDirectories(archivesPath, mode: 0o700)
  }

  /// The entry of exactly this key.
  func entry(_ key: String) throws -> CacheEntry? {
    let found = read(try path(key))
    return found?.key == key ? found : nil
  }

  /// All entries, with the moment of their last use. What cannot be read is left out.
  func entries() -> [(entry: CacheEntry, path: String, used: time_t)] {
    guard let directory = try? FileSystem.open(indexPath, flags: O_RDONLY | O_DIRECTORY),
      let names = try? FileSystem.rawEntries(of: directory.number, shown: indexPath, limit: 1_000_000)
    else { return [] }
    return names.compactMap { item in
      let name = String(decoding: item.name, as: UTF8.self)
      guard name.hasSuffix(Self.suffix) else { return nil }
      let path = indexPath + "/" + name
      var status = stat()
      guard lstat(path, &status) == 0, let entry = read(path) else { return nil }
      return (entry, path, status.st_mtim.tv_sec)
    }
  }

  /// Where the entry of a key stands.
  func path(_ key: String) throws -> String {
    indexPath + "/" + (try Digest.sha256(of: Array(key.utf8))) + Self.suffix
  }

  /// Publishes an entry; the caller holds the directory's lock.
  func publish(_ entry: CacheEntry) throws {
    try FileSystem.writeAtomically(Array(try JSONEncoder().encode(entry)), to: try path(entry.key), mode: 0o600)
  }

  /// Notes that an entry was used, for the order of eviction.
  func touch(_ key: String) throws {
    _ = utimensat(AT_FDCWD, try path(key), nil, 0)
  }

  private func read(_ path: String) -> CacheEntry? {
    guard let bytes = try? FileSystem.read(path, limit: Self.longestEntry),
      let entry = try? JSONDecoder().decode(CacheEntry.self, from: Data(bytes))
    else { return nil }
    // The name goes into a path.
    return entry.archive.contains("/") || entry.archive.hasPrefix(".") ? nil : entry
  }
}
