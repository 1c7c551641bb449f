internal import Foundation
internal import JourneymanBuildModel
internal import JourneymanSupport

/// Puts the files of one build into their stores, by the journal: all stores at once, within a store one file after the
/// other, and what lists the others last. In a store where a file fails, what was stored of the build is removed again.
public struct Uploader: Sendable {
  private let stores: [String: any ArtifactStore]
  private let journal: UploadJournal

  /// Prepares uploading.
  ///
  /// - Parameters:
  ///   - stores: all stores that the plan names.
  ///   - journal: of the build. ``run(_:from:)`` ends it, unless something could be neither stored nor removed: then it
  ///     stays for the next start.
  public init(stores: [any ArtifactStore], journal: UploadJournal) {
    self.stores = Dictionary(stores.map { ($0.name, $0) }) { first, _ in first }
    self.journal = journal
  }

  /// Stores everything.
  ///
  /// - Parameters:
  ///   - uploads: what to store.
  ///   - outputDirectory: where the files are.
  /// - Throws: the first store's ``StoreError``, after all stores are done or cleaned up; `CancellationError`.
  public func run(_ uploads: [PlannedUpload], from outputDirectory: String) async throws {
    for upload in uploads where stores[upload.store] == nil {
      throw StoreError(.invalid, "agent.conf has no store \(upload.store)")
    }
    try journal.note(.stage(.store))
    try journal.note(.planned(uploads))
    do {
      try await finish(JournalState(planned: uploads, outputDirectory: outputDirectory))
      try journal.close()
    } catch let failure as Failure {
      if failure.isClean { try journal.close() }
      throw failure.error
    }
  }

  /// What went wrong, and whether nothing of it is left.
  struct Failure: Error {
    let error: any Error
    let isClean: Bool
  }

  /// Stores what a journal's state says is not stored.
  ///
  /// - Throws: ``Failure``.
  func finish(_ state: JournalState) async throws(Failure) {
    let failures = await withTaskGroup(of: Failure?.self) { group in
      for store in Set(state.uploads.map(\.store)).sorted() {
        group.addTask { await upload(to: store, state) }
      }
      return await group.reduce(into: [Failure]()) { if let failure = $1 { $0.append(failure) } }
    }
    guard let first = failures.first(where: { $0.error is CancellationError }) ?? failures.first else { return }
    throw Failure(error: first.error, isClean: failures.allSatisfy(\.isClean))
  }

  private func upload(to name: String, _ state: JournalState) async -> Failure? {
    guard let store = stores[name] else {
      return Failure(error: StoreError(.invalid, "agent.conf has no store \(name)"), isClean: true)
    }
    var begun: [Int] = []
    do {
      var isListing = false
      for number in state.open(in: name) {
        let upload = state.uploads[number]
        if upload.isListing && !isListing {
          isListing = true
          try journal.note(.stage(.list))
        }
        begun.append(number)
        let token = state.token(number) ?? UUID().uuidString
        try journal.note(.begun(number, token: token))
        let file = LocalFile(
          path: state.outputDirectory + "/" + upload.file, bytes: upload.bytes, sha256: upload.sha256)
        try await store.put(file, as: upload.key, token: token)
        try journal.note(.stored(number))
      }
      return nil
    } catch {
      // Also when the build is cancelled: what is removed now need not be removed at the next start.
      let numbers = begun
      let isClean = await Task { await remove(state, from: store, also: numbers) }.value
      return Failure(error: error, isClean: isClean)
    }
  }

  /// Removes what a build has in a store, what lists others first. What cannot be removed stays in the journal.
  ///
  /// - Returns: whether nothing is left.
  func remove(_ state: JournalState, from store: any ArtifactStore, also begun: [Int] = []) async -> Bool {
    var isClean = true
    let numbers = state.uploads.indices.filter { number in
      state.uploads[number].store == store.name && (state.progress[number] != .planned || begun.contains(number))
    }
    for number in numbers.sorted(by: { state.uploads[$0].isListing && !state.uploads[$1].isListing }) {
      let key = state.uploads[number].key
      do {
        if let token = state.token(number) { try await store.discard(key, token: token) }
        try await store.remove(key)
        try journal.note(.removed(number))
      } catch {
        isClean = false
      }
    }
    return isClean
  }
}

extension JournalState {
  /// The state after a plan was written.
  init(planned uploads: [PlannedUpload], outputDirectory: String) {
    self.init()
    begin(uploads, outputDirectory)
  }

  /// The token of an upload that was begun and is not complete.
  func token(_ number: Int) -> String? {
    if case .begun(let token) = progress[number] { token } else { nil }
  }
}
