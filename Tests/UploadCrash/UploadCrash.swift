import Foundation
import JourneymanArtifacts
import JourneymanBuildModel
import JourneymanSealing
import JourneymanStores
import JourneymanSupport
import Synchronization

/// What a keeper and its worker do with artifacts, in one process that ends itself at a record of its journal: tests kill
/// it there, or from outside at any moment.
///
///     upload-crash build DIRECTORY RECORDS    kills itself with SIGKILL when so many records are on disk
///     upload-crash recover DIRECTORY RECORDS
///
/// In DIRECTORY it uses `workspace`, `output`, `journals` and the stores `a` and `b`, each with its own recipient. Prints
/// each record's name, and `done` at the end.
@main
struct UploadCrash {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4, let records = Int(arguments[3]) else { exit(2) }
    let work = arguments[2]
    let seen = Mutex(0)
    let observer: @Sendable (JournalRecord) -> Void = { record in
      // Under the lock, because stores write records side by side: the last line is the record of the end.
      seen.withLock { count in
        count += 1
        print("\(record)".prefix { $0 != "(" && $0 != "\n" }, describing(record), terminator: "\n")
        fflush(nil)
        if count == records { kill(getpid(), SIGKILL) }
      }
    }
    let stores: [any ArtifactStore] = try ["a", "b"].map { try FileStore(name: $0, directory: work + "/" + $0) }
    if arguments[1] == "recover" {
      let outcomes = try await UploadRecovery(directory: work + "/journals", stores: stores, observer: observer).run()
      for outcome in outcomes { print("outcome", outcome) }
    } else {
      try await build(work, stores, observer)
    }
    print("done")
  }

  private static func describing(_ record: JournalRecord) -> String {
    if case .stage(let stage) = record { return stage.rawValue }
    return ""
  }

  private static func build(
    _ work: String, _ stores: [any ArtifactStore], _ observer: @escaping @Sendable (JournalRecord) -> Void
  ) async throws {
    let output = work + "/output"
    try FileSystem.makeDirectories(output + "/artifacts")
    let build = UUID().uuidString
    let journal = try UploadJournal(in: work + "/journals", build: build, outputDirectory: output, observer: observer)
    let root = try FileSystem.open(work + "/workspace", flags: O_RDONLY | O_DIRECTORY)
    try journal.note(.stage(.collect))
    let collection = try ArtifactCollector(root: root.number, workspacePath: "/") { _ in }
      .collect(CollectionRules(files: ["**/*"]))
    var uploads: [PlannedUpload] = []
    for store in stores {
      try journal.note(.stage(.package))
      var lines = ""
      for format in ArchiveFormat.allCases {
        let name = "artifacts/\(store.name).\(format.fileExtension).age"
        let file = try seal(collection, root.number, format, output + "/" + name, journal)
        let key = try StoreKey("\(build)/\(name)")
        uploads.append(
          PlannedUpload(store: store.name, key: key, file: name, bytes: file.bytes, sha256: file.sha256))
        lines += "\(file.sha256)  \(key)\n"
      }
      let manifest = "manifest-\(store.name).txt"
      try FileSystem.writeAtomically(Array(lines.utf8), to: output + "/" + manifest)
      let listed = try LocalFile(reading: output + "/" + manifest)
      uploads.append(
        PlannedUpload(
          store: store.name, key: try StoreKey("\(build)/manifest.txt"), file: manifest, bytes: listed.bytes,
          sha256: listed.sha256, isListing: true))
    }
    try await Uploader(stores: stores, journal: journal).run(uploads, from: output)
  }

  /// Packs and seals for a recipient of this store alone.
  private static func seal(
    _ collection: FileCollection, _ root: Int32, _ format: ArchiveFormat, _ path: String, _ journal: UploadJournal
  ) throws -> LocalFile {
    let staged = path + ".partial"
    let file = try FileSystem.open(staged, flags: O_RDWR | O_CREAT | O_TRUNC)
    let sealer = try Sealer(to: file.number, for: .recipients([try Identity().recipient]), name: path)
    try ArchivePackager(format: format).write(collection, beneath: root, into: sealer)
    try journal.note(.stage(.seal))
    try sealer.finish()
    try retryingInterrupts("flush \(path)") { fsync(file.number) }
    try retryingInterrupts("rename \(path)") { rename(staged, path) }
    return try LocalFile(reading: path)
  }
}
