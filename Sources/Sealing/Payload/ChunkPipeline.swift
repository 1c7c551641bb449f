import Dispatch
import Foundation
internal import JourneymanSupport
internal import Synchronization

/// Carries the chunks of one payload from the caller's thread through worker threads to their destination, in a fixed
/// amount of memory.
///
/// The caller fills batches of chunks. Workers transform them, any batch on any worker; beside them one thread computes
/// the digest of what comes in, and one, in order, the digest of what goes out, writing it too when its place in the
/// output cannot be computed. A payload of a single batch is done on the caller's thread, and no thread is started.
///
/// Sendable holds because a batch's slot belongs to one side at a time, handed on by semaphores, and the properties of
/// the caller's side are used by no thread of the pipeline. `write`, `fill`, `finish` and `abandon` block, and are for
/// one thread at a time.
final class ChunkPipeline<Transform: ChunkTransform>: @unchecked Sendable {
  private static var chunksPerBatch: Int { 2 }
  private static var inputLength: Int { chunksPerBatch * Transform.inputLength }
  private static var outputLength: Int { chunksPerBatch * Transform.outputLength }

  private let makeTransform: @Sendable () throws -> Transform
  private let destination: Destination
  private let inputDigest: DigestBox?
  private let outputDigest: DigestBox?
  private let slots = (0..<6).map { _ in BatchSlot() }
  private let workers = max(2, min(4, ProcessInfo.processInfo.activeProcessorCount))

  // The caller's side.
  private var current: BatchSlot?
  private var isRunning = false
  private var isOver = false

  // What the threads share.
  private let batchesToTransform = DispatchSemaphore(value: 0)
  private let batchesToDigest = DispatchSemaphore(value: 0)
  private let claimed = Atomic<Int>(0)
  private let end = Atomic<Int>(.max)
  private let failure = FirstFailure()
  private let threads = DispatchGroup()

  /// Sets a pipeline up; nothing runs yet.
  ///
  /// - Parameters:
  ///   - inputDigest: takes in every byte of the payload before its transformation.
  ///   - outputDigest: takes in every byte after it.
  ///   - makeTransform: called once on each worker.
  init(
    to destination: Destination, inputDigest: DigestBox? = nil, outputDigest: DigestBox? = nil,
    makeTransform: @escaping @Sendable () throws -> Transform
  ) {
    self.destination = destination
    self.inputDigest = inputDigest
    self.outputDigest = outputDigest
    self.makeTransform = makeTransform
  }

  /// Takes bytes of the payload.
  ///
  /// - Throws: the first failure of any thread.
  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
      var slot = current ?? acquire(0)
      if slot.isFull {
        try submit(slot)
        slot = acquire(slot.batch + 1)
      }
      current = slot
      let count = min(slot.room.count, rest.count)
      slot.room.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
      slot.inputCount += count
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Takes bytes of the payload from `read`, which fills a part of a buffer and returns 0 at the end.
  ///
  /// - Returns: `false` at the end.
  /// - Throws: what `read` throws, or the first failure of any thread.
  func fill(_ read: (UnsafeMutableRawBufferPointer) throws -> Int) throws -> Bool {
    let slot = current ?? acquire(0)
    current = slot
    if !slot.isFull {
      let count = try read(slot.room)
      slot.inputCount += count
      return count > 0
    }
    // A full batch is the last one unless there is another byte, so it is read before this one goes.
    let next = acquire(slot.batch + 1)
    next.inputCount = try read(next.room)
    if next.inputCount == 0 { return false }
    try submit(slot)
    current = next
    return true
  }

  /// Ends the payload and waits until all of it is written.
  ///
  /// - Returns: the bytes of the payload before and after its transformation.
  /// - Throws: the failure that comes first in the payload. What precedes it is written, nothing else.
  func finish() throws -> (input: Int64, output: Int64) {
    let slot = current ?? acquire(0)
    current = nil
    isOver = true
    slot.isEnd = true
    if isRunning {
      hand(slot)
      end.store(slot.batch + 1, ordering: .sequentiallyConsistent)
      for _ in 0..<workers { batchesToTransform.signal() }
      threads.wait()
    } else {
      transform(slot, with: Result { try makeTransform() })
      digestInput(slot)
      deliverInOrder(slot)
    }
    if let error = failure.error { throw error }
    let batches = Int64(slot.batch)
    return (
      batches * Int64(Self.inputLength) + Int64(slot.inputCount),
      batches * Int64(Self.outputLength) + Int64(slot.outputCount)
    )
  }

  /// Ends the threads of a payload that was not finished.
  func abandon() {
    if isOver { return }
    failure.record(CancellationError(), batch: -1)
    _ = try? finish()
  }

  // MARK: The caller's side

  private func acquire(_ batch: Int) -> BatchSlot {
    let slot = slots[batch % slots.count]
    if batch >= slots.count { slot.free.wait() }
    slot.prepare(batch: batch, inputLength: Self.inputLength, outputLength: Self.outputLength)
    return slot
  }

  private func submit(_ slot: BatchSlot) throws {
    if let error = failure.error { throw error }
    if !isRunning { start() }
    hand(slot)
  }

  private func hand(_ slot: BatchSlot) {
    let users = 1 + (inputDigest == nil ? 0 : 1) + (keepsOrder ? 1 : 0)
    slot.pending.store(users, ordering: .sequentiallyConsistent)
    batchesToTransform.signal()
    if inputDigest != nil { batchesToDigest.signal() }
  }

  private func start() {
    isRunning = true
    for _ in 0..<workers { run { $0.work() } }
    if inputDigest != nil { run { $0.inEveryBatch { pipeline, slot in pipeline.digestNext(slot) } } }
    if keepsOrder { run { $0.inEveryBatch { pipeline, slot in pipeline.deliverNext(slot) } } }
  }

  private func run(_ body: @escaping @Sendable (ChunkPipeline) -> Void) {
    threads.enter()
    SystemThread.startNeeded("seal") {
      body(self)
      self.threads.leave()
    }
  }

  // MARK: The threads

  /// Whether there is something to do with the output in the order of the batches.
  private var keepsOrder: Bool { outputDigest != nil || destination.isOrdered }

  private func work() {
    let tool = Result { try makeTransform() }
    while true {
      batchesToTransform.wait()
      let batch = claimed.wrappingAdd(1, ordering: .sequentiallyConsistent).oldValue
      if batch >= end.load(ordering: .sequentiallyConsistent) { return }
      let slot = slots[batch % slots.count]
      transform(slot, with: tool)
      if keepsOrder { slot.transformed.signal() }
      release(slot)
    }
  }

  private func inEveryBatch(_ body: (ChunkPipeline, BatchSlot) -> Void) {
    var batch = 0
    while true {
      let slot = slots[batch % slots.count]
      body(self, slot)
      // Read before the slot is released: it may be filled again at once.
      let isEnd = slot.isEnd
      release(slot)
      if isEnd { return }
      batch += 1
    }
  }

  private func digestNext(_ slot: BatchSlot) {
    batchesToDigest.wait()
    digestInput(slot)
  }

  private func deliverNext(_ slot: BatchSlot) {
    slot.transformed.wait()
    deliverInOrder(slot)
  }

  private func release(_ slot: BatchSlot) {
    if slot.pending.wrappingSubtract(1, ordering: .sequentiallyConsistent).newValue == 0 { slot.free.signal() }
  }

  private func transform(_ slot: BatchSlot, with tool: Result<Transform, any Error>) {
    if failure.precedes(slot.batch) { return }
    do {
      let first = UInt64(slot.batch) * UInt64(Self.chunksPerBatch)
      let (usable, problem) = try tool.get().transform(
        slot.filledInput, firstChunk: first, isEnd: slot.isEnd, into: slot.output)
      slot.outputCount = usable
      if !destination.isOrdered { try write(slot) }
      if let problem { throw problem }
    } catch {
      failure.record(error, batch: slot.batch)
    }
  }

  private func digestInput(_ slot: BatchSlot) {
    do { try inputDigest?.update(slot.filledInput) } catch { failure.record(error, batch: slot.batch) }
  }

  private func deliverInOrder(_ slot: BatchSlot) {
    if failure.precedes(slot.batch) { return }
    do {
      try outputDigest?.update(slot.usableOutput)
      if destination.isOrdered { try write(slot) }
    } catch {
      failure.record(error, batch: slot.batch)
    }
  }

  private func write(_ slot: BatchSlot) throws {
    try destination.write(slot.usableOutput, at: Int64(slot.batch) * Int64(Self.outputLength))
  }
}
