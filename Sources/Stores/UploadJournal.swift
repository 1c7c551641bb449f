internal import Foundation
public import JourneymanBuildModel
internal import JourneymanSealing
internal import JourneymanSupport
internal import Synchronization

/// A file that is to be put into a store.
public struct PlannedUpload: Sendable, Hashable, Codable {
  /// The store's name in agent.conf.
  public var store: String
  /// Where in the store.
  public var key: StoreKey
  /// The local file, relative to the build's output directory.
  public var file: String
  /// Its length.
  public var bytes: Int64
  /// Its SHA-256 in hexadecimal digits.
  public var sha256: String
  /// Whether it lists others (the manifest, its signature): such files are stored when all others of the store are.
  public var isListing: Bool

  /// Describes an upload.
  public init(store: String, key: StoreKey, file: String, bytes: Int64, sha256: String, isListing: Bool = false) {
    self.store = store
    self.key = key
    self.file = file
    self.bytes = bytes
    self.sha256 = sha256
    self.isListing = isListing
  }
}

/// One line of a journal.
public enum JournalRecord: Sendable, Hashable, Codable {
  /// The first: whose journal it is and where its files are.
  case opened(build: String, outputDirectory: String)
  /// A step begins.
  case stage(ArtifactStage)
  /// What will be stored.
  case planned([PlannedUpload])
  /// An upload begins, by its number in the plan.
  case begun(Int, token: String)
  /// An upload is complete.
  case stored(Int)
  /// What an upload left was removed.
  case removed(Int)
}

/// The journal of one build's artifacts: what was begun is on disk before it begins, so that after a crash the next start
/// finishes or removes it (``UploadRecovery``).
///
/// A journal is a file of JSON lines, each flushed before the step it announces, locked by the process that writes it,
/// and removed at the end.
public final class UploadJournal: Sendable {
  private let file: SharedJournalFile
  private let path: String
  private let observer: @Sendable (JournalRecord) -> Void

  /// Begins a journal.
  ///
  /// - Parameters:
  ///   - directory: of all journals, the same at every start; made if it is missing.
  ///   - build: the build's identifier.
  ///   - outputDirectory: where the build's files are.
  ///   - observer: called after each record is on disk.
  /// - Throws: ``StoreError`` when it cannot be written, or the build has one already.
  public convenience init(
    in directory: String, build: String, outputDirectory: String,
    observer: @escaping @Sendable (JournalRecord) -> Void = { _ in }
  ) throws(StoreError) {
    do {
      try FileSystem.makeDirectories(directory, mode: 0o700)
      let path = directory + "/" + (try Digest.sha256(of: Array(build.utf8))) + Self.suffix
      let file = try FileSystem.open(path, flags: O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW)
      try retryingInterrupts("lock \(path)") { flock(file.number, LOCK_EX | LOCK_NB) }
      self.init(path: path, file: SharedJournalFile(file), observer: observer)
      try FileSystem.flushDirectory(of: path)
      try note(.opened(build: build, outputDirectory: outputDirectory))
    } catch {
      throw error as? StoreError
        ?? StoreError(.journal, "the journal of the build \(build) cannot be begun: \(error)", underlying: error)
    }
  }

  init(path: String, file: SharedJournalFile, observer: @escaping @Sendable (JournalRecord) -> Void) {
    self.path = path
    self.file = file
    self.observer = observer
  }

  static let suffix = ".journal"

  /// Writes a record and flushes it.
  ///
  /// - Throws: ``StoreError`` when the disk is full or broken; the step must not begin then.
  public func note(_ record: JournalRecord) throws(StoreError) {
    do {
      let line = try JSONEncoder().encode(record) + [UInt8(ascii: "\n")]
      try file.append(Array(line), path)
    } catch {
      throw StoreError(.journal, "the journal \(path) cannot be written: \(error)", underlying: error)
    }
    observer(record)
  }

  /// Whether the journal was ended.
  public var isClosed: Bool { access(path, F_OK) != 0 }

  /// Ends the journal: nothing is left to finish or to remove.
  ///
  /// - Throws: ``StoreError`` when it cannot be removed.
  public func close() throws(StoreError) {
    do {
      try retryingInterrupts("remove \(path)") { unlink(path) }
      try FileSystem.flushDirectory(of: path)
    } catch {
      throw StoreError(.journal, error.description, underlying: error)
    }
  }
}

/// The open file of a journal; its lock goes with it.
final class SharedJournalFile: Sendable {
  private let descriptor: OwnedDescriptor
  private let turn = Mutex(())
  var number: Int32 { descriptor.number }

  init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

  /// Unlocks explicitly: a process that is being started at this moment has a copy of the descriptor until its exec, and
  /// closing alone would leave the lock to it.
  deinit { flock(descriptor.number, LOCK_UN) }

  /// Bytes a journal may have.
  static let longest = 256 << 20

  /// Appends a line and flushes it; lines of several tasks do not mix.
  func append(_ line: [UInt8], _ path: String) throws {
    try turn.withLock { _ in
      if lseek(number, 0, SEEK_END) + off_t(line.count) > off_t(Self.longest) {
        throw SystemError("write \(path)", number: EFBIG)
      }
      try FileSystem.writeAll(line, to: number, name: path)
      try retryingInterrupts("flush \(path)") { fdatasync(number) }
    }
  }
}
