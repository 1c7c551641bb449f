internal import CCurl
internal import Foundation
internal import JourneymanSupport
internal import Synchronization

/// What an exchange came to.
struct TransferAnswer: Sendable {
  let response: HTTPResponse
  /// Where the server redirects to, resolved.
  let redirect: String?
}

/// One thread that runs all transfers of a client over one libcurl multi handle. It ends when the engine is stopped.
final class TransferEngine: Sendable {
  private enum Message: Sendable {
    case add(Transfer)
    case cancel(Transfer)
  }

  private struct Inbox {
    var messages: [Message] = []
    var isStopped = false
  }

  /// The multi handle. Sendable holds because all use but `curl_multi_wakeup`, which may be called from any thread, is on
  /// the engine's thread; the handle lives until nobody holds it.
  private final class Multi: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer?

    init() {
      CurlLibrary.start()
      handle = curl_multi_init()
    }

    deinit { curl_multi_cleanup(handle) }
  }

  private let multi = Multi()
  private let inbox = InboxBox()

  private final class InboxBox: Sendable {
    let state = Mutex(Inbox())
  }

  init() {
    let multi = multi
    let inbox = inbox
    SystemThread.startNeeded("transfers") {
      Self.holdBackBrokenPipes()
      Self.run(multi, inbox)
    }
  }

  /// Ends all transfers and the thread.
  func stop() {
    inbox.state.withLock { $0.isStopped = true }
    curl_multi_wakeup(multi.handle)
  }

  /// Carries an exchange out.
  ///
  /// A cancellation that comes before the transfer was handed over is seen when it is; one that comes later stands behind
  /// it in the inbox. Both are decided under the transfer's lock, so none falls between.
  func run(_ plan: TransferPlan) async throws -> TransferAnswer {
    let gate = Mutex(false)
    let transfer = Transfer(plan)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        transfer.expect(continuation)
        let refusal: (any Error)? = gate.withLock { isCancelled in
          if isCancelled { return CancellationError() }
          return post(.add(transfer)) ? nil : Self.shutDown
        }
        if let refusal { transfer.finish(.failure(refusal)) }
      }
    } onCancel: {
      gate.withLock { isCancelled in
        isCancelled = true
        _ = post(.cancel(transfer))
      }
    }
  }

  /// - Returns: false when the engine was stopped and takes nothing more.
  private func post(_ message: Message) -> Bool {
    let isTaken = inbox.state.withLock { state in
      if state.isStopped { return false }
      state.messages.append(message)
      return true
    }
    curl_multi_wakeup(multi.handle)
    return isTaken
  }

  /// TLS writes to a connection that the server has closed: that has to be an error here, not the end of the process.
  static func holdBackBrokenPipes() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  private static func run(_ multi: Multi, _ inbox: InboxBox) {
    var live: [UnsafeMutableRawPointer: Transfer] = [:]
    var running: Int32 = 0
    while true {
      let (messages, isStopped) = inbox.state.withLock { state in
        defer { state.messages = [] }
        return (state.messages, state.isStopped)
      }
      for message in messages {
        switch message {
        case .add(let transfer): add(transfer, multi, &live)
        case .cancel(let transfer):
          if let easy = transfer.easy, live.removeValue(forKey: easy) != nil {
            curl_multi_remove_handle(multi.handle, easy)
            transfer.finish(.failure(CancellationError()))
          }
        }
      }
      if isStopped {
        for (easy, transfer) in live {
          curl_multi_remove_handle(multi.handle, easy)
          transfer.finish(.failure(shutDown))
        }
        return
      }
      curl_multi_perform(multi.handle, &running)
      complete(multi, &live)
      wait(multi, live)
    }
  }

  private static let shutDown = TransportError(.shutDown, "the HTTP client was shut down")

  private static func add(
    _ transfer: Transfer, _ multi: Multi, _ live: inout [UnsafeMutableRawPointer: Transfer]
  ) {
    do {
      let easy = try transfer.prepare()
      if curl_multi_add_handle(multi.handle, easy) != CURLM_OK {
        throw TransportError(.invalidRequest, "libcurl does not take a request to \(transfer.plan.address.origin)")
      }
      live[easy] = transfer
    } catch {
      transfer.finish(.failure(error))
    }
  }

  /// Ends the transfers that libcurl is done with, except while their receiver still has to take the last bytes.
  private static func complete(_ multi: Multi, _ live: inout [UnsafeMutableRawPointer: Transfer]) {
    var code = CURLE_OK
    while let easy = journeyman_curl_next_done(multi.handle, &code) {
      live[easy]?.outcome = code
    }
    for (easy, transfer) in live {
      guard let outcome = transfer.outcome, transfer.blocked.isEmpty || outcome != CURLE_OK else { continue }
      live[easy] = nil
      let result = transfer.result(outcome)
      curl_multi_remove_handle(multi.handle, easy)
      transfer.finish(result)
    }
  }

  /// Waits for sockets, for receivers that were full, and for the inbox.
  private static func wait(_ multi: Multi, _ live: [UnsafeMutableRawPointer: Transfer]) {
    let blocked = live.values.filter { !$0.blocked.isEmpty }
    var waits = blocked.map { curl_waitfd(fd: $0.receiver, events: Int16(CURL_WAIT_POLLOUT), revents: 0) }
    curl_multi_poll(multi.handle, &waits, UInt32(waits.count), 60_000, nil)
    for transfer in blocked { transfer.unblock() }
  }
}
