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

  init(_ request: BuildRequest, in environment: BuildKeeper.Environment) {
    self.request = request
    self.environment = environment
  }

  /// Where the journals of all builds of this user are.
  private var journals: String {
    (request.settings.agent.workdir ?? StandardPaths.stateDirectory(environment.variables)) + "/uploads"
  }

  /// Notes that a build begins, so that the next start removes what it was writing when this process is killed.
  ///
  /// - Returns: `nil`, with a line in the log, when the journal cannot be written.
  func begin(_ log: SharedLog) async -> UploadJournal? {
    let (directory, request) = (journals, request)
    do {
      return try await runBlocking {
        try UploadJournal(in: directory, build: request.id, outputDirectory: request.outputDirectory)
      }
    } catch {
      log.emit(.message(.warning, "\(error)"))
      return nil
    }
  }

  /// Notes a step that the worker begins. Steps after packaging are not its to announce.
  ///
  /// - Throws: `StoreError` when the journal cannot be written.
  static func note(_ stage: ArtifactStage, in journal: UploadJournal?) throws {
    if [.collect, .package, .seal].contains(stage) { try journal?.note(.stage(stage)) }
  }

  /// Which interrupted builds are looked after.
  enum Interrupted {
    /// Those whose output directory this build is about to use.
    case ofThisOutput
    case others
  }

  /// Finishes or removes what builds left whose keeper was killed.
  ///
  /// - Returns: what there is to say about it.
  func recover(_ interrupted: Interrupted) async -> [BuildEvent.Kind] {
    // The tasks of a batch leave that to the batch.
    if request.batchTask != nil { return [] }
    let (stores, problems) = await openStores(mostAttempts: 2)
    let output = request.outputDirectory
    let recovery = UploadRecovery(directory: journals, stores: stores)
    let outcomes = try? await recovery.run { directory in
      (directory == output || directory.hasPrefix(output + "/")) == (interrupted == .ofThisOutput)
    }
    return (outcomes ?? []).map { outcome in
      switch outcome {
      case .finished(let build): .message(.info, "the artifacts of build \(build) are stored now")
      case .removed(let build):
        .message(.info, "what the interrupted build \(build) had begun to store is removed")
      case .postponed(let build, let reason):
        .message(
          .warning,
          "the artifacts of build \(build) cannot be stored yet: \(reason)"
            + (problems.first.map { " (\($0))" } ?? ""))
      }
    }
  }

  /// Stores the artifacts. A build whose artifacts do not reach a store has not succeeded.
  func deliver(_ result: inout BuildResult, _ journal: UploadJournal?, _ log: SharedLog) async {
    let wanted = request.settings.artifactStores.filter { store in
      result.artifacts.contains { $0.store == store.name }
    }
    defer {
      // While there is a journal, the next start needs the copies.
      if journal?.isClosed ?? true { try? FileSystem.removeTree(request.outputDirectory + "/" + OutputLayout.copies) }
    }
    do {
      if wanted.isEmpty {
        try journal?.close()
        return
      }
      guard let journal else { throw StoreError(.journal, "artifacts are not stored without a journal") }
      let (stores, problems) = await openStores()
      if let problem = problems.first { throw problem }
      let uploads = try await plan(result, wanted)
      try await Uploader(stores: stores, journal: journal).run(uploads, from: request.outputDirectory)
      for store in stores where wanted.contains(where: { $0.name == store.name }) {
        let count = uploads.filter { $0.store == store.name }.count
        log.emit(.message(.info, "stored \(count) file(s) in \(store.place)/\(folder)"))
      }
      for index in result.artifacts.indices {
        guard let store = result.artifacts[index].store else { continue }
        let local = OutputLayout.copies(for: store) + "/"
        result.artifacts[index].file = folder + "/" + result.artifacts[index].file.dropFirst(local.count)
      }
    } catch is CancellationError {
      log.emit(.message(.error, "storing the artifacts was stopped; what was stored of the build is removed"))
      if result.status == .succeeded { result.status = .stopped }
    } catch {
      log.emit(.message(.error, "the artifacts could not be stored: \(error)"))
      if result.status == .succeeded { result.status = .fault }
    }
  }

  /// Where the build stands in a store.
  private var folder: String { "\(request.project)/\(request.id)" }

  private func openStores(mostAttempts: Int = .max) async -> (stores: [any ArtifactStore], problems: [any Error]) {
    var stores: [any ArtifactStore] = []
    var problems: [any Error] = []
    for settings in request.settings.artifactStores {
      do {
        var secret: Secret?
        if let name = settings.secret { secret = try await environment.secrets.value(of: name) }
        stores.append(try StoreOpening.open(settings, secret: secret, mostAttempts: mostAttempts))
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
        let local = OutputLayout.copies(for: store.name)
        var artifacts = result.artifacts.filter { $0.store == store.name }
        for index in artifacts.indices {
          guard artifacts[index].file.hasPrefix(local + "/") else {
            throw StoreError(.invalid, "the worker says that \(artifacts[index].file) is for the store \(store.name)")
          }
          artifacts[index].file.removeFirst(local.count + 1)
        }
        let directory = request.outputDirectory + "/" + local
        let manifest = try BuildAttestation(signs: environment.signs).write(
          artifacts, result, of: request, to: directory, variables: environment.variables
        ).manifest
        for file in manifest.files {
          uploads.append(
            PlannedUpload(
              store: store.name, key: try StoreKey(folder + "/" + file.file), file: local + "/" + file.file,
              bytes: file.bytes, sha256: file.sha256))
        }
        for name in (environment.signs ? [Provenance.fileName] : []) + [Manifest.fileName] {
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
