import Foundation
internal import JourneymanSupport

/// The mirrors of all repositories: finds, makes, updates, heals and leases them.
struct MirrorStore: Sendable {
  /// The directory of all mirrors.
  let directory: String
  let context: CheckoutContext

  /// A mirror that has what `request` asks for.
  ///
  /// - Parameter workspace: the directory that will borrow objects from the mirror.
  func snapshot(
    of url: RepositoryURL, _ request: ReferenceRequest, for workspace: String
  ) throws -> MirrorSnapshot {
    let location = try MirrorLocation(of: url, in: directory)
    context.progress.enter(.lock, url)
    let lock = try self.lock(location)
    context.progress.enter(.inspect, url)
    try FileSystem.removeTree(location.incoming)
    for place in [location.directory, location.leases] { try Debris.removePartialFiles(in: place) }
    var current = try wholeGeneration(location)
    var outcome: MirrorFetch.Outcome?
    let fetch = MirrorFetch(url: url, request: request, context: context)
    if let newest = current {
      do {
        outcome = try known(request, in: location.generation(newest))
        outcome = try outcome ?? fetch.run(into: location.generation(newest), isNew: false)
      } catch let error as CheckoutError where error.code == .corrupt {
        context.progress.warn("the mirror of \(url) is damaged and is made anew: \(error.message)")
        markDamaged(location.generation(newest))
      }
    }
    if outcome == nil {
      do {
        current = try make(location, fetch, &outcome)
      } catch {
        removeIfEmpty(location)
        throw error
      }
      try? removeUnused(location, except: current)
    }
    if let current, let unused = try FileLock.attempt(location.use, .exclusive) {
      try PackConsolidation(generation: location.generation(current), cancellation: context.cancellation).runIfNeeded()
      _ = consume unused
    }
    guard let current, let outcome else { throw CheckoutError(.corrupt, "the mirror of \(url) could not be made") }
    try FileSystem.writeAtomically(Array(url.description.utf8), to: location.directory + "/url")
    try Lease(workspace: workspace, generation: current).write(in: location)
    let use = try FileLock.take(location.use, .shared, cancellation: context.cancellation)
    utimensat(AT_FDCWD, location.use, nil, 0)
    _ = consume lock
    return try Self.read(location.generation(current), outcome, use: use)
  }

  /// A repository of the caller's own, filled for one checkout.
  func fill(_ path: String, from url: RepositoryURL, _ request: ReferenceRequest) throws -> MirrorSnapshot {
    _ = try Repository.create(bare: path)
    let outcome = try MirrorFetch(url: url, request: request, context: context).run(into: path, isNew: true)
    guard let outcome else { throw CheckoutError(.corrupt, "the objects of \(url) could not be received") }
    return try Self.read(path, outcome, use: nil)
  }

  /// Says that an object of a mirror could not be read, so that the next ``snapshot(of:_:for:)`` makes it anew.
  func markDamaged(_ generation: String) {
    guard generation.hasPrefix(directory + "/") else { return }
    try? FileSystem.writeAtomically(
      Array("an object could not be read\n".utf8), to: generation + "/" + MirrorInspection.damageMark)
  }

  /// Makes the mirror's directory and locks it. Whoever fails to fill a new mirror removes the directory again, perhaps
  /// at this moment.
  private func lock(_ location: MirrorLocation) throws -> FileLock {
    var attempts = 0
    while true {
      try FileSystem.makeDirectories(location.leases, mode: 0o755)
      do {
        return try FileLock.take(location.lock, .exclusive, cancellation: context.cancellation)
      } catch let error as SystemError where error.number == ENOENT && attempts < 100 {
        attempts += 1
      }
    }
  }

  /// Removes the directory of a mirror that never came about; the caller holds its lock.
  private func removeIfEmpty(_ location: MirrorLocation) {
    guard let generations = try? location.generations(), generations.isEmpty, rmdir(location.leases) == 0 else {
      return
    }
    unlink(location.lock)
    rmdir(location.directory)
  }

  /// The newest generation, cleared of debris; `nil` when there is none or it is damaged.
  private func wholeGeneration(_ location: MirrorLocation) throws -> Int? {
    guard let newest = try location.generations().last else { return nil }
    let inspection = MirrorInspection(generation: location.generation(newest))
    try inspection.removeDebris()
    if try inspection.isWhole(), (try? Repository(opening: inspection.generation)) != nil { return newest }
    context.progress.warn("the mirror \(inspection.generation) is damaged; it is made anew")
    return nil
  }

  /// A commit that the mirror has needs no server.
  private func known(_ request: ReferenceRequest, in generation: String) throws -> MirrorFetch.Outcome? {
    guard case .commit(let id) = request else { return nil }
    let repository = try Repository(opening: generation)
    guard try repository.objectDatabase().contains(id), let commit = try? repository.commit(at: id).id else {
      return nil
    }
    return MirrorFetch.Outcome(resolution: ReferenceResolution(reference: nil, target: id), commit: commit)
  }

  /// Makes a new generation beside the old ones, which workspaces may still borrow from.
  private func make(
    _ location: MirrorLocation, _ fetch: MirrorFetch, _ outcome: inout MirrorFetch.Outcome?
  ) throws -> Int {
    try FileSystem.removeTree(location.incoming)
    _ = try Repository.create(bare: location.incoming)
    do {
      outcome = try fetch.run(into: location.incoming, isNew: true)
    } catch {
      try? FileSystem.removeTree(location.incoming)
      throw error
    }
    let number = (try location.generations().last ?? 0) + 1
    let target = location.generation(number)
    try retryingInterrupts("install the mirror \(target)") { rename(location.incoming, target) }
    try FileSystem.flushDirectory(of: target)
    return number
  }

  /// Removes generations that no workspace borrows from any more.
  private func removeUnused(_ location: MirrorLocation, except current: Int?) throws {
    guard let use = try FileLock.attempt(location.use, .exclusive) else { return }
    let leased = Set(try Lease.all(in: location).filter(\.isAlive).map(\.generation))
    for number in try location.generations() where number != current && !leased.contains(number) {
      try FileSystem.removeTree(location.generation(number))
    }
    _ = consume use
  }

  private static func read(
    _ path: String, _ outcome: MirrorFetch.Outcome, use: consuming FileLock?
  ) throws -> MirrorSnapshot {
    let repository = try Repository(opening: path)
    return MirrorSnapshot(
      path: path, resolution: outcome.resolution, commit: outcome.commit,
      references: try PackedReferences.read(repository), headBranch: repository.headBranch,
      isShallow: MirrorInspection.isShallow(path), use: use)
  }
}
