internal import Foundation
internal import JourneymanSupport

/// Caches of a project in a local directory, shared by any number of builds at once.
///
/// An entry has a key and never changes: saving a key that is there does nothing, unless the build names no key, which is
/// one entry that every build renews. Restoring takes the entry of exactly the key, else the newest whose key starts with
/// the first fallback key that matches any. When the directory outgrows its limit, entries that were not used for
/// longest are removed.
///
/// Readers take no lock: they open an archive that is whole, and keep what they opened while it is removed. A build that
/// dies while it saves leaves an unnamed file, which the next save removes.
///
/// Every function blocks: use it on a thread of its own.
public struct CacheStore {
  /// What was restored.
  public struct Restored: Sendable, Hashable {
    /// The key of the entry.
    public let key: String
    /// Whether it is the key that was asked for, not a fallback.
    public let isExact: Bool
    /// Files, directories and links.
    public let entries: Int
  }

  /// What saving came to.
  public enum Saved: Sendable, Hashable {
    /// A new entry of so many files, directories and links.
    case saved(entries: Int, archiveBytes: Int64)
    /// There is an entry of this key, which stays as it is.
    case exists
    /// None of the paths exists.
    case nothing
  }

  private let index: CacheIndex
  private let limit: Int64
  private let isCancelled: () -> Bool
  private let log: (String) -> Void

  /// The entry of builds that name no key; no buildspec can name it, because a key has no zero bytes.
  private static let unnamedKey = "\0unnamed"
  private static let longestKey = 4096

  /// Uses a cache directory, which is made when something is saved.
  ///
  /// - Parameters:
  ///   - directory: of one project; builds that share it can read each other's caches.
  ///   - limit: the largest sum of the archives' bytes.
  ///   - isCancelled: asked now and then; work stops when it says true.
  ///   - log: receives lines about files that are left out.
  public init(
    directory: String, limit: Int64 = 20 << 30, isCancelled: @escaping () -> Bool = { false },
    log: @escaping (String) -> Void
  ) {
    index = CacheIndex(directory: directory)
    self.limit = limit
    self.isCancelled = isCancelled
    self.log = log
  }

  /// Unpacks the entry that fits best. Files that exist are replaced; no link is followed and nothing outside of the
  /// roots is written.
  ///
  /// - Parameters:
  ///   - key: the evaluated `cache.key`; `nil` for the entry without a name, and `fallbackKeys` are ignored then.
  ///   - fallbackKeys: the evaluated `cache.fallback-keys`.
  ///   - roots: where to.
  ///   - owner: who gets the files; `nil` for the process's own user.
  /// - Returns: `nil` when there is no such entry.
  /// - Throws: ``ArtifactError`` when the archive is damaged or the disk is full; the build can go on without.
  public func restore(
    key: String?, fallbackKeys: [String] = [], into roots: CacheRoots, owner: FileOwner? = nil
  ) throws(ArtifactError) -> Restored? {
    try reported { () throws -> Restored? in
      for (entry, isExact) in try candidates(key, fallbackKeys) {
        // Gone in this moment: evicted by another build.
        guard let archive = try? FileSystem.open(index.archivesPath + "/" + entry.archive, flags: O_RDONLY | O_NOFOLLOW)
        else { continue }
        try index.touch(entry.key)
        let extractor = CacheExtractor(
          roots: roots.all, owner: owner, entry: entry, skips: SkipLog(limit: 100, log: log), isCancelled: isCancelled)
        let count = try extractor.run(archive.number)
        return Restored(key: entry.key, isExact: isExact, entries: count)
      }
      return nil
    }
  }

  /// Packs files into a new entry.
  ///
  /// - Parameters:
  ///   - key: the evaluated `cache.key`; `nil` for the entry without a name.
  ///   - paths: `cache.paths`: patterns relative to the workspace, absolute, or starting with `~`. What lies in no root is
  ///     skipped with a line.
  ///   - roots: where from.
  /// - Throws: ``ArtifactError`` when a file changes while it is packed or the disk is full; the build can go on without.
  public func save(key: String?, paths: [String], from roots: CacheRoots) throws(ArtifactError) -> Saved {
    try reported { () throws -> Saved in
      let name = key ?? Self.unnamedKey
      if name.isEmpty || name.utf8.count > Self.longestKey || key?.utf8.contains(0) == true {
        throw ArtifactError(.invalidPattern, "the cache key has to be 1 to \(Self.longestKey) bytes long")
      }
      if key != nil, try index.entry(name) != nil { return .exists }
      let found = try search(paths, roots)
      let count = found.reduce(0) { $0 + $1.files.count }
      if count == 0 { return .nothing }
      try index.prepare()
      let draft = try CacheDraft(in: index)
      try draft.pack(found, isCancelled: isCancelled)
      let entry = CacheEntry(
        key: name, archive: draft.name, archiveBytes: draft.bytes, entries: count,
        unpackedBytes: found.reduce(0) { $0 + $1.files.reduce(0) { $0 + $1.size } }, created: .now())
      if entry.archiveBytes > limit {
        throw ArtifactError(
          .limitExceeded, "the cache would be \(entry.archiveBytes) bytes large; the limit is \(limit)")
      }
      let lock = try CacheLock(index)
      defer { withExtendedLifetime(lock) {} }
      if key != nil, try index.entry(name) != nil { return .exists }
      try index.publish(entry)
      draft.keep()
      CacheEviction(index: index, limit: limit).run(sparing: name)
      return .saved(entries: count, archiveBytes: entry.archiveBytes)
    }
  }

  private func candidates(_ key: String?, _ fallbackKeys: [String]) throws -> [(CacheEntry, Bool)] {
    guard let key else { return try index.entry(Self.unnamedKey).map { [($0, true)] } ?? [] }
    var candidates: [(CacheEntry, Bool)] = []
    if let exact = try index.entry(key) { candidates.append((exact, true)) }
    if fallbackKeys.isEmpty { return candidates }
    let entries = index.entries().map(\.entry).filter { $0.key != Self.unnamedKey }
      .sorted { $0.created > $1.created }
    for prefix in fallbackKeys where !prefix.isEmpty {
      candidates += entries.filter { $0.key.hasPrefix(prefix) }.map { ($0, false) }
    }
    return candidates
  }

  private func search(_ paths: [String], _ roots: CacheRoots) throws -> [(root: CacheRoot, files: [CollectedFile])] {
    let skips = SkipLog(limit: 100, log: log)
    var scopes: [String: [PatternScope]] = [:]
    for path in paths {
      if let (root, scope) = try roots.locate(path) {
        scopes[root.name, default: []].append(scope)
      } else {
        skips.skip(Array(path.utf8), "it is in no directory that outlives the build")
      }
    }
    let search = CacheSearch(walk: TreeWalk(limits: CollectionLimits(), isCancelled: isCancelled), skips: skips)
    var found: [(root: CacheRoot, files: [CollectedFile])] = []
    for root in roots.all {
      if let wanted = scopes[root.name] { found.append((root, try search.run(root, wanted))) }
    }
    skips.finish()
    return found
  }

  private func reported<Value>(_ work: () throws -> Value) throws(ArtifactError) -> Value {
    do {
      return try work()
    } catch let error as ArtifactError {
      throw error
    } catch {
      throw ArtifactError(.unwritable, "the cache in \(index.directory): \(error)", underlying: error)
    }
  }
}
