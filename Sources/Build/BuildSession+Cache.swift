import Foundation
import JourneymanArtifacts
import JourneymanBuildModel
import JourneymanBuildspec
import JourneymanSupport

/// `cache:` of the buildspec, kept in a local directory of the project. A cache that cannot be read or written never
/// fails a build.
extension BuildSession {
  /// Puts the files of the best cache entry where the build expects them.
  func restoreCache() async throws {
    guard let site, let cache = buildspec?.cache, cache.action != .save else { return }
    if room != nil {
      return link.emit(.message(.info, "Cache: not used inside a job, whose own directories stay"))
    }
    do {
      let key = try await evaluated(cache.key, at: site)
      var fallbacks: [String] = []
      for fallback in cache.fallbackKeys { fallbacks.append(try await evaluated(fallback, at: site)) }
      let roots = try await cacheRoots(site, intoStage: site.isView)
      let (store, owner) = (cacheStore, site.fileOwner.map { FileOwner(user: $0, group: $0) })
      let keys = fallbacks
      let restored = try await runBlocking {
        try store().restore(key: key, fallbackKeys: keys, into: roots.value, owner: owner)
      }
      guard let restored else {
        return link.emit(.message(.info, "Cache: no entry" + (key.map { " for \($0)" } ?? "")))
      }
      if site.isView { try await takeOver(site) }
      let name = key == nil ? "" : " of \(restored.key)" + (restored.isExact ? "" : " (fallback)")
      link.emit(.message(.info, "Cache: restored \(restored.entries) entries" + name))
    } catch let error where !(error is CancellationError) {
      link.emit(.message(.warning, "the cache could not be restored: \(error)"))
    }
  }

  /// Keeps the files of `cache.paths` for later builds.
  func saveCache() async {
    guard room == nil, let site, let cache = buildspec?.cache, cache.action != .restore, !cache.paths.isEmpty
    else { return }
    do {
      let key = try await evaluated(cache.key, at: site)
      var paths: [String] = []
      for path in cache.paths { paths.append(try await expand(path, at: site)) }
      let roots = try await cacheRoots(site, intoStage: false)
      let (store, wanted) = (cacheStore, paths)
      switch try await runBlocking({ try store().save(key: key, paths: wanted, from: roots.value) }) {
      case .saved(let entries, let bytes):
        link.emit(.message(.info, "Cache: saved \(entries) entries, \(bytes) bytes"))
      case .exists: link.emit(.message(.info, "Cache: the entry exists already"))
      case .nothing: link.emit(.message(.info, "Cache: none of the paths exists"))
      }
    } catch {
      link.emit(.message(.warning, "the cache could not be saved: \(error)"))
    }
  }

  private func evaluated(_ key: String?, at site: BuildSite) async throws -> String? {
    guard let key else { return nil }
    return try await evaluated(key, at: site) as String
  }

  /// A key with its hashes put in and what else is in it evaluated by the build's shell.
  private func evaluated(_ text: String, at site: BuildSite) async throws -> String {
    let key = CacheKey(text)
    var hashes: [String] = []
    for call in key.calls {
      var patterns: [String] = []
      for pattern in call.patterns { patterns.append(try await expand(pattern, at: site)) }
      let (root, wanted) = (try await site.open(site.sourceDirectory), patterns)
      let hash = try await runBlocking {
        try FileHash.sha256(of: wanted, beneath: root.descriptor.number, visiblePath: site.sourceDirectory)
      }
      if hash == nil {
        link.emit(.message(.warning, "codebuild-hash-files: no file matches \(wanted.joined(separator: " "))"))
      }
      hashes.append(hash ?? "")
    }
    return try await expand(key.text(with: hashes), at: site)
  }

  private var cacheStore: @Sendable () -> CacheStore {
    let (directory, ending, link) = (request.cacheDirectory + "/cache", ending, link)
    return {
      CacheStore(
        directory: directory, isCancelled: { ending.reason != nil }, log: { link.emit(.message(.info, "Cache: \($0)")) }
      )
    }
  }

  /// The directories that cached paths lie in; the workspace's part goes to a stage when only the build can write there.
  private func cacheRoots(_ site: BuildSite, intoStage: Bool) async throws -> HeldRoots {
    let stage = site.host.cache
    let workspace =
      intoStage
      ? OpenDirectory(try FileSystem.open(stage, flags: O_RDONLY | O_DIRECTORY))
      : try await site.open(site.sourceDirectory)
    let home = OpenDirectory(try FileSystem.open(site.host.home, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
    return HeldRoots(
      value: CacheRoots(
        workspace: CacheRoot(
          name: "workspace", visiblePath: site.sourceDirectory, descriptor: workspace.descriptor.number),
        home: CacheRoot(name: "home", visiblePath: site.home, descriptor: home.descriptor.number)),
      held: [workspace, home])
  }

  /// Has the build itself copy what was restored into its view of the workspace.
  private func takeOver(_ site: BuildSite) async throws {
    let target = ShellQuoting.literal(site.sourceDirectory)
    _ = try await site.executor.value(of: "cp -a \(RoomPaths.cache)/. \(target)/", described: "the restored cache")
  }
}

/// Cache roots together with the open directories they name.
private struct HeldRoots: Sendable {
  let value: CacheRoots
  let held: [OpenDirectory]
}
