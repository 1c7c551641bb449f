internal import CGit2
import Foundation
import Synchronization

/// Hands events to the caller: stages at once, figures at most ten times a second and at the end of their stage.
final class ProgressReporter: Sendable {
  private struct State {
    var progress = CheckoutProgress(stage: .lock)
    var stageBegan = ContinuousClock.now
    var lastReport = ContinuousClock.now
    /// Whether there are figures that the caller does not know.
    var isNews = false
  }

  private let handler: @Sendable (CheckoutEvent) -> Void
  private let state = Mutex(State())
  private static let interval = Duration.milliseconds(100)

  init(_ handler: @escaping @Sendable (CheckoutEvent) -> Void) { self.handler = handler }

  func enter(_ stage: CheckoutStage, _ url: RepositoryURL) {
    let last = state.withLock { state in
      defer { state = State(progress: CheckoutProgress(stage: stage)) }
      return state.isNews ? state.progress : nil
    }
    if let last { handler(.progress(last)) }
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
      state.isNews = true
      if now - state.lastReport < Self.interval { return nil }
      state.lastReport = now
      state.isNews = false
      return state.progress
    }
    if let report { handler(.progress(report)) }
  }
}
