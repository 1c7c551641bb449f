import Dispatch
internal import JourneymanSupport
internal import Synchronization

/// The buffers of one batch on its way through a ``ChunkPipeline``; used again for a later batch.
///
/// Sendable holds because semaphores pass a slot on: the caller's thread until it is submitted, then its worker (and
/// the digest of the input, which only reads), then the thread that keeps the order, until `free` is signalled.
final class BatchSlot: @unchecked Sendable {
  /// Signalled when all threads are done with the slot.
  let free = DispatchSemaphore(value: 0)
  /// Signalled when `output` is there.
  let transformed = DispatchSemaphore(value: 0)
  /// Threads that are not done with the slot yet.
  let pending = Atomic<Int>(0)

  /// The number of the batch in the payload.
  var batch = 0
  /// Whether the payload ends with this batch.
  var isEnd = false
  private(set) var input = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private(set) var output = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// Bytes of `input` that are filled.
  var inputCount = 0
  /// Bytes of `output` that may be used.
  var outputCount = 0

  /// Makes the slot ready for a batch; the buffers are allocated the first time.
  func prepare(batch: Int, inputLength: Int, outputLength: Int) {
    if input.baseAddress == nil {
      input = .allocate(byteCount: inputLength, alignment: 64)
      output = .allocate(byteCount: outputLength, alignment: 64)
    }
    self.batch = batch
    isEnd = false
    inputCount = 0
    outputCount = 0
  }

  deinit {
    input.deallocate()
    output.deallocate()
  }

  var isFull: Bool { inputCount == input.count }
  /// What of `input` can still be filled.
  var room: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: input[inputCount...]) }
  var filledInput: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: input[..<inputCount]) }
  var usableOutput: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: output[..<outputCount]) }
}

/// A digest that threads hand on to each other.
///
/// Sendable holds because one thread at a time has it: the caller's before the pipeline starts and after it ended, the
/// pipeline's own between.
final class DigestBox: @unchecked Sendable {
  private var digest: Digest
  private(set) var bytes: Int64 = 0

  init() throws(SealingError) { digest = try Digest() }

  func update(_ more: UnsafeRawBufferPointer) throws(SealingError) {
    try digest.update(more)
    bytes += Int64(more.count)
  }

  /// The digest of all bytes so far, in hexadecimal digits. The box starts again from nothing.
  func finish() throws(SealingError) -> String {
    var finished = try Digest()
    swap(&finished, &digest)
    return try finished.finishHexadecimal()
  }
}

/// The failure that comes first in the payload, whichever thread meets it first in time.
final class FirstFailure: Sendable {
  private let first = Mutex<(batch: Int, error: any Error)?>(nil)

  /// Keeps a failure unless an earlier batch has failed.
  func record(_ error: any Error, batch: Int) {
    first.withLock { known in
      if batch < known?.batch ?? .max { known = (batch, error) }
    }
  }

  /// Whether a batch before this one has failed.
  func precedes(_ batch: Int) -> Bool { first.withLock { $0?.batch ?? .max } < batch }

  /// The failure, if there is one.
  var error: (any Error)? { first.withLock { $0?.error } }
}

/// Where the batches of a payload go.
enum Destination: Sendable {
  /// A regular file, from this offset on: any thread writes, at the place that follows from the batch's number.
  case file(descriptor: Int32, offset: Int64, name: String)
  /// A pipe, a socket, an encoder: one thread writes, in order.
  case stream(@Sendable (UnsafeRawBufferPointer) throws -> Void)

  /// Whether batches must be written one after another.
  var isOrdered: Bool {
    switch self {
    case .file: false
    case .stream: true
    }
  }

  /// Writes a batch that starts `position` bytes into the payload.
  func write(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws {
    switch self {
    case .file(let descriptor, let offset, let name):
      try PositionalFile.write(bytes, to: descriptor, at: offset + position, name: name)
    case .stream(let write):
      try write(bytes)
    }
  }
}
