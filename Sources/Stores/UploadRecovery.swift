internal import Foundation
internal import JourneymanBuildModel
internal import JourneymanSupport

/// What to do at a start about builds whose process ended before their artifacts were stored.
///
/// Journals whose process lives are left alone. Of the others, a build that had sealed everything is finished; what
/// cannot be finished, because local files are gone, the store is not configured any more or refuses, is removed from
/// the stores; and files that were being written, and copies for stores, are removed from the output directory. A store
/// that cannot be reached keeps its journal for the next start.
public struct UploadRecovery: Sendable {
  /// What became of one build.
  public enum Outcome: Sendable, Hashable {
    /// Everything is stored and listed.
    case finished(build: String)
    /// Nothing of it is left in any store.
    case removed(build: String)
    /// Something could not be done now; the next start tries again.
    case postponed(build: String, reason: String)
  }

  private let directory: String
  private let stores: [any ArtifactStore]
  private let observer: @Sendable (JournalRecord) -> Void

  /// Prepares recovery.
  ///
  /// - Parameters:
  ///   - directory: of all journals.
  ///   - stores: all stores of agent.conf.
  ///   - observer: called after each record is on disk.
  public init(
    directory: String, stores: [any ArtifactStore], observer: @escaping @Sendable (JournalRecord) -> Void = { _ in }
  ) {
    self.directory = directory
    self.stores = stores
    self.observer = observer
  }

  /// Finishes or removes what other processes left.
  ///
  /// - Parameter isWanted: says for a build's output directory whether that build is looked after.
  /// - Throws: `CancellationError`; what fails otherwise is an outcome.
  public func run(where isWanted: @Sendable (String) -> Bool = { _ in true }) async throws -> [Outcome] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else { return [] }
    var outcomes: [Outcome] = []
    for name in names.sorted() where name.hasSuffix(UploadJournal.suffix) {
      try Task.checkCancellation()
      if let outcome = try await recover(directory + "/" + name, isWanted) { outcomes.append(outcome) }
    }
    return outcomes
  }

  /// - Returns: `nil` when the journal's process lives, another one recovers it already, or it is not wanted.
  private func recover(_ path: String, _ isWanted: (String) -> Bool) async throws -> Outcome? {
    guard let opened = try? FileSystem.open(path, flags: O_RDWR | O_APPEND | O_NOFOLLOW),
      flock(opened.number, LOCK_EX | LOCK_NB) == 0
    else { return nil }
    let file = SharedJournalFile(opened)
    // Removed by whoever held the lock before.
    guard access(path, F_OK) == 0 else { return nil }
    let journal = UploadJournal(path: path, file: file, observer: observer)
    let state: JournalState
    do {
      var bytes = try FileSystem.readAll(file.number, limit: SharedJournalFile.longest, name: path)
      if let end = bytes.lastIndex(of: UInt8(ascii: "\n")).map({ $0 + 1 }), end < bytes.count {
        // The torn line goes, so that the next record does not continue it.
        try retryingInterrupts("repair \(path)") { ftruncate(file.number, off_t(end)) }
        bytes = Array(bytes[..<end])
      }
      state = try JournalState(bytes)
    } catch {
      return .postponed(build: path, reason: "\(error)")
    }
    if state.build.isEmpty {
      try journal.close()
      return nil
    }
    if !isWanted(state.outputDirectory) { return nil }
    UnfinishedFiles.remove(in: state.outputDirectory, except: Set(state.uploads.map(\.file)))
    let outcome = try await settle(state, journal)
    if case .postponed = outcome { return outcome }
    try journal.close()
    try? FileSystem.removeTree(state.outputDirectory + "/" + OutputLayout.copies)
    return outcome
  }

  private func settle(_ state: JournalState, _ journal: UploadJournal) async throws -> Outcome {
    let uploader = Uploader(stores: stores, journal: journal)
    if state.uploads.isEmpty { return .removed(build: state.build) }
    let configured = Set(stores.map(\.name))
    let canFinish = state.uploads.indices.allSatisfy { number in
      state.progress[number] == .stored
        || configured.contains(state.uploads[number].store) && isThere(state.uploads[number], state)
    }
    if canFinish {
      do {
        try await uploader.finish(state)
        return .finished(build: state.build)
      } catch {
        if error.error is CancellationError { throw error.error }
        if let error = error.error as? StoreError, error.code == .unavailable {
          return .postponed(build: state.build, reason: error.message)
        }
        // It was removed from the store that refused; a build is in all its stores or in none.
      }
    }
    var isClean = true
    for store in stores where !(await uploader.remove(state, from: store, also: Array(state.uploads.indices))) {
      isClean = false
    }
    return isClean
      ? .removed(build: state.build)
      : .postponed(build: state.build, reason: "a store does not let go of what was stored in it")
  }

  private func isThere(_ upload: PlannedUpload, _ state: JournalState) -> Bool {
    var status = stat()
    return lstat(state.outputDirectory + "/" + upload.file, &status) == 0
      && status.st_mode & S_IFMT == S_IFREG && Int64(status.st_size) == upload.bytes
  }
}
