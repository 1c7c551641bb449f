import JourneymanBuildModel
import JourneymanSupport
import Synchronization

/// The log of one build for the several threads and tasks of its keeper: one at a time.
final class SharedLog: Sendable {
  private let log: Mutex<BuildLog>

  init(_ options: BuildLogOptions) throws(SystemError) { log = Mutex(try BuildLog(options)) }

  func emit(_ kind: BuildEvent.Kind) { log.withLock { $0.emit(kind) } }

  func output(_ bytes: UnsafeRawBufferPointer) {
    // As an address, because a pointer may not pass into a lock: the log copies what it keeps of it.
    let address = UInt(bitPattern: bytes.baseAddress)
    let count = bytes.count
    log.withLock { $0.output(UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count)) }
  }

  func addSecrets(_ secrets: [Secret]) throws { try log.withLock { try $0.addSecrets(secrets) } }

  var pollTimeout: Int32 { log.withLock { $0.pollTimeout } }

  func tick() { log.withLock { $0.tick() } }

  func masked(_ result: BuildResult) -> BuildResult { log.withLock { $0.masked(result) } }

  func close() { log.withLock { $0.close() } }
}
