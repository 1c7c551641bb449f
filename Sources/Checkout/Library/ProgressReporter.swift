internal import CGit2
import Foundation
import Synchronization

/// Hands events to the caller: stages at once, figures at most ten times a second.
final class ProgressReporter: Sendable {
  private struct State {
    var progress = CheckoutProgress(stage: .lock)
    var stageBegan = ContinuousClock.now
    var lastReport = ContinuousClock.now
  }

  private let handler: @Sendable (CheckoutEvent) -> Void
  private let state = Mutex(State())
  private static let interval = Duration.milliseconds(100)

  init(_ handler: @escaping @Sendable (CheckoutEvent) -> Void) { self.handler = handler }

  func enter(_ stage: CheckoutStage, _ url: RepositoryURL) {
    state.withLock { $0 = State(progress: CheckoutProgress(stage: stage)) }
    handler(.stage(stage, url: url.description))
  }

  func warn(_ message: String) { handler(.warning(message)) }

  func serverSaid(_ line: String) { handler(.serverMessage(line)) }

  func received(_ statistics: git_indexer_progress) {
    update { progress, elapsed in
      progress.receivedObjects = Int(statistics.received_objects)
      progress.indexedObjects = Int(statistics.indexed_objects)
      progress.totalObjects = Int(statistics.total_objects)
      progress.receivedBytes = Int64(statistics.received_bytes)
      progress.bytesPerSecond = elapsed > 0 ? Int64(Double(statistics.received_bytes) / elapsed) : 0
    }
  }

  /// A copy between directories of this machine.
  func copied(_ bytes: Int64) {
    update { progress, elapsed in
      progress.receivedBytes = bytes
      progress.bytesPerSecond = elapsed > 0 ? Int64(Double(bytes) / elapsed) : 0
    }
  }

  func wrote(_ files: Int, of total: Int) {
    update { progress, _ in
      progress.checkedOutFiles = files
      progress.totalFiles = total
    }
  }

  private func update(_ change: (inout CheckoutProgress, _ secondsInStage: Double) -> Void) {
    let report: CheckoutProgress? = state.withLock { state in
      let now = ContinuousClock.now
      let elapsed = now - state.stageBegan
      change(&state.progress, Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18)
      let isWhole = state.progress.totalFiles > 0 && state.progress.checkedOutFiles == state.progress.totalFiles
      if now - state.lastReport < Self.interval && !isWhole { return nil }
      state.lastReport = now
      return state.progress
    }
    if let report { handler(.progress(report)) }
  }
}
