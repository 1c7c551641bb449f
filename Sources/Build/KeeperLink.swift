import Foundation
import JourneymanBuildModel
import JourneymanSupport
import Synchronization

/// The worker's end of the conversation with its keeper.
///
/// A thread of its own receives; requests for the build's end go to `onControl`, answers to whoever waits for them.
final class KeeperLink: Sendable {
  /// What a keeper may ask while the build runs.
  enum Control: Sendable {
    case stop, timeOut, kill
    case limitExceeded(String)
    /// The keeper is gone: nobody can be told anything any more.
    case lost
  }

  private typealias Answer = CheckedContinuation<KeeperMessage, any Error>
  private typealias Asker = @Sendable (Result<KeeperMessage, any Error>) -> Void

  private struct Waiting {
    var answers: [Asker] = []
    /// Who waits for a decision; only one action asks at a time.
    var decision: Answer?
    var isLost = false
  }

  private let channel: MessageChannel<WorkerMessage, KeeperMessage>
  private let waiting = Mutex(Waiting())
  private let onControl: @Sendable (Control) -> Void

  /// Starts to listen.
  init(
    channel: MessageChannel<WorkerMessage, KeeperMessage>, onControl: @escaping @Sendable (Control) -> Void
  ) {
    self.channel = channel
    self.onControl = onControl
    Thread.detachNewThread { @Sendable [self] in receive() }
  }

  /// Says something that needs no answer. A keeper that is gone is noticed by the receiving thread.
  func send(_ message: WorkerMessage) { try? channel.send(message) }

  /// Reports an event.
  func emit(_ kind: BuildEvent.Kind) { send(.event(kind)) }

  /// Reports an event and waits until it stands in the log.
  ///
  /// - Throws: ``BuildError`` when the keeper is gone.
  func announce(_ kind: BuildEvent.Kind) async throws { _ = try await ask(.announce(kind)) }

  /// Reports a step with artifacts and waits until it stands in the journal. Blocks: for threads of their own.
  ///
  /// - Throws: ``BuildError`` when the keeper is gone.
  func begin(_ stage: ArtifactStage) throws {
    let isAnswered = DispatchSemaphore(value: 0)
    let answer = Mutex<Result<KeeperMessage, any Error>>(.success(.proceed))
    ask(.stage(stage)) { result in
      answer.withLock { $0 = result }
      isAnswered.signal()
    }
    isAnswered.wait()
    _ = try answer.withLock { $0 }.get()
  }

  /// Asks the keeper for secrets.
  ///
  /// - Returns: the values, in the order of `references`.
  /// - Throws: ``BuildError`` with the keeper's sentence when one is missing or not granted.
  func secrets(_ references: [SecretReference]) async throws -> [String] {
    switch try await ask(.secretsNeeded(references)) {
    case .secrets(let values) where values.count == references.count: return values
    case .secretsRefused(let sentence): throw BuildError(.secretMissing, sentence)
    default: throw BuildError(.keeperLost, "the keeper gave an answer that does not fit the question for secrets")
    }
  }

  /// Has somebody decide. Decisions take their time: other questions are asked and answered meanwhile.
  ///
  /// - Throws: ``BuildError`` when the keeper is gone, or a decision is pending already.
  func decision(_ question: BuildQuestion) async throws -> BuildDecision {
    let message = try await withCheckedThrowingContinuation { (continuation: Answer) in
      let refusal: BuildError? = waiting.withLock { waiting in
        if waiting.isLost { return Self.lost }
        if waiting.decision != nil { return BuildError(.unsupported, "an action asks one question at a time") }
        waiting.decision = continuation
        send(.decisionNeeded(question))
        return nil
      }
      if let refusal { continuation.resume(throwing: refusal) }
    }
    guard case .decision(let decision) = message else { throw Self.lost }
    return decision
  }

  /// Gives up waiting for a decision, because the action is ended.
  func forgetDecision() {
    let waiter = waiting.withLock { waiting in
      defer { waiting.decision = nil }
      return waiting.decision
    }
    waiter?.resume(throwing: CancellationError())
  }

  private func ask(_ question: WorkerMessage) async throws -> KeeperMessage {
    try await withCheckedThrowingContinuation { (continuation: Answer) in
      ask(question) { continuation.resume(with: $0) }
    }
  }

  /// Questions are answered in their order: both are sent under the lock.
  private func ask(_ question: WorkerMessage, _ asker: @escaping Asker) {
    let isLost = waiting.withLock { waiting in
      if !waiting.isLost {
        waiting.answers.append(asker)
        send(question)
      }
      return waiting.isLost
    }
    if isLost { asker(.failure(Self.lost)) }
  }

  private func receive() {
    while let message = try? channel.receive() {
      switch message {
      case .start: break
      case .stop: onControl(.stop)
      case .timeOut: onControl(.timeOut)
      case .limitExceeded(let sentence): onControl(.limitExceeded(sentence))
      case .kill: onControl(.kill)
      case .decision:
        let waiter = waiting.withLock { waiting in
          defer { waiting.decision = nil }
          return waiting.decision
        }
        waiter?.resume(returning: message)
      case .proceed, .secrets, .secretsRefused:
        let answer = waiting.withLock { $0.answers.isEmpty ? nil : $0.answers.removeFirst() }
        answer?(.success(message))
      }
    }
    let unanswered = waiting.withLock { waiting in
      waiting.isLost = true
      defer { (waiting.answers, waiting.decision) = ([], nil) }
      return (askers: waiting.answers, decision: waiting.decision)
    }
    onControl(.lost)
    for asker in unanswered.askers { asker(.failure(Self.lost)) }
    unanswered.decision?.resume(throwing: Self.lost)
  }

  private static let lost = BuildError(.keeperLost, "the process that keeps this build is gone")
}
