import Foundation
import JourneymanBuildModel
import JourneymanSealing
import JourneymanStores
import JourneymanSupport

/// Brings what a build has packaged for the stores of agent.conf there, with a manifest of its own for each store: its
/// copies may be sealed for other recipients. In a store a build is `PROJECT/BUILD-ID/…`, and listed by its
/// `manifest.json`, which comes last.
struct ArtifactDelivery: Sendable {
  private let request: BuildRequest
  private let environment: BuildKeeper.Environment
  private let log: SharedLog

  init(_ request: BuildRequest, in environment: BuildKeeper.Environment, log: SharedLog) {
    self.request = request
    self.environment = environment
    self.log = log
  }

  /// Where the journals of all builds of this user are.
  private var journals: String {
    (request.settings.agent.workdir ?? StandardPaths.stateDirectory(environment.variables)) + "/uploads"
  }

  /// Notes that a build begins, so that the next start removes what it was writing when this process is killed.
  ///
  /// - Returns: `nil`, with a line in the log, when the journal cannot be written.
  func begin() async -> UploadJournal? {
    let (directory, request) = (journals, request)
    do {
      return try await runBlocking {
        let journal = try UploadJournal(in: directory, build: request.id, outputDirectory: request.outputDirectory)
        try journal.note(.stage(.collect))
        return journal
      }
    } catch {
      log.emit(.message(.warning, "\(error)"))
      return nil
    }
  }

  /// Finishes or removes what builds left whose keeper was killed.
  func recover() async {
    // The tasks of a batch leave that to the batch.
    if request.batchTask != nil { return }
    var policy = RetryPolicy()
    policy.attempts = 2
    let (stores, problems) = await openStores(policy)
    guard let outcomes = try? await UploadRecovery(directory: journals, stores: stores).run() else { return }
    for outcome in outcomes {
      switch outcome {
      case .finished(let build): log.emit(.message(.info, "the artifacts of build \(build) are stored now"))
      case .removed(let build):
        log.emit(.message(.info, "what the interrupted build \(build) had begun to store is removed"))
      case .postponed(let build, let reason):
        let hint = problems.first.map { " (\($0))" } ?? ""
        log.emit(.message(.warning, "the artifacts of build \(build) cannot be stored yet: \(reason)\(hint)"))
      }
    }
  }

  /// Stores the artifacts. A build whose artifacts do not reach a store has not succeeded.
  func deliver(_ result: inout BuildResult, _ journal: UploadJournal?) async {
    let wanted = request.settings.artifactStores.filter { store in
      result.artifacts.contains { $0.store == store.name }
    }
    do {
      if wanted.isEmpty {
        try journal?.close()
        return
      }
      guard let journal else { throw StoreError(.journal, "artifacts are not stored without a journal") }
      let (stores, problems) = await openStores(RetryPolicy())
      if let problem = problems.first { throw problem }
      let uploads = try await plan(result, wanted)
      try await Uploader(stores: stores, journal: journal).run(uploads, from: request.outputDirectory)
      for store in stores where wanted.contains(where: { $0.name == store.name }) {
        let count = uploads.filter { $0.store == store.name }.count
        log.emit(.message(.info, "stored \(count) file(s) in \(store.place)/\(folder)"))
        try await runBlocking { try FileSystem.removeTree(request.outputDirectory + "/" + Self.folder(of: store.name)) }
      }
      for index in result.artifacts.indices {
        guard let store = result.artifacts[index].store else { continue }
        let local = Self.folder(of: store) + "/"
        result.artifacts[index].file = folder + "/" + result.artifacts[index].file.dropFirst(local.count)
      }
    } catch {
      log.emit(.message(.error, "the artifacts could not be stored: \(error)"))
      if result.status == .succeeded { result.status = .fault }
    }
  }

  /// Where the build stands in a store.
  private var folder: String { "\(request.project)/\(request.id)" }

  /// Where the worker puts what is for a store, relative to the output directory.
  private static func folder(of store: String) -> String { ".stores/\(store)" }

  private func openStores(_ policy: RetryPolicy) async -> (stores: [any ArtifactStore], problems: [any Error]) {
    var stores: [any ArtifactStore] = []
    var problems: [any Error] = []
    for settings in request.settings.artifactStores {
      do {
        var secret: Secret?
        if let name = settings.secret { secret = try await environment.secrets.value(of: name) }
        stores.append(try StoreOpening.open(settings, secret: secret, policy: policy))
      } catch {
        problems.append(error)
      }
    }
    return (stores, problems)
  }

  /// Writes each store's manifest and lists what goes there.
  private func plan(_ result: BuildResult, _ stores: [ArtifactStoreSettings]) async throws -> [PlannedUpload] {
    let (request, environment, folder) = (request, environment, folder)
    return try await runBlocking {
      var uploads: [PlannedUpload] = []
      for store in stores {
        let local = Self.folder(of: store.name)
        var artifacts = result.artifacts.filter { $0.store == store.name }
        for index in artifacts.indices { artifacts[index].file.removeFirst(local.count + 1) }
        let directory = request.outputDirectory + "/" + local
        let manifest = try BuildAttestation.write(
          artifacts, result, of: request, to: directory, variables: environment.variables
        ).manifest
        for file in manifest.files {
          uploads.append(
            PlannedUpload(
              store: store.name, key: try StoreKey(folder + "/" + file.file), file: local + "/" + file.file,
              bytes: file.bytes, sha256: file.sha256))
        }
        for name in [Provenance.fileName, Manifest.fileName] {
          let file = try LocalFile(reading: directory + "/" + name)
          uploads.append(
            PlannedUpload(
              store: store.name, key: try StoreKey(folder + "/" + name), file: local + "/" + name, bytes: file.bytes,
              sha256: file.sha256, isListing: true))
        }
      }
      return uploads
    }
  }
}
