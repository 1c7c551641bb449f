internal import CGit2

/// What the callbacks of one connection need; alive as long as the ``Remote`` that uses it.
final class FetchContext {
  let url: RepositoryURL
  let cancellation: Cancellation
  let progress: ProgressReporter
  let access: RemoteAccess
  /// The error a callback or transport of ours stopped libgit2 with; libgit2 itself only carries a number.
  var failure: CheckoutError?
  /// References that the server did not set, with its reasons.
  var refusals: [(name: String, reason: String)] = []
  /// Makes the connection that the transport of this context speaks over.
  var connect: (() -> any SmartConnection)?
  /// Commits the server says it has no parents of.
  var shallow: [ObjectID] = []
  private var line: [UInt8] = []
  private static let longestLine = 1024

  init(url: RepositoryURL, cancellation: Cancellation, progress: ProgressReporter, access: RemoteAccess) {
    self.url = url
    self.cancellation = cancellation
    self.progress = progress
    self.access = access
  }

  static func from(_ payload: UnsafeMutableRawPointer?) -> FetchContext? {
    payload.map { Unmanaged<FetchContext>.fromOpaque($0).takeUnretainedValue() }
  }

  var pointer: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  /// Remembers why, and gives the number that makes libgit2 stop.
  func stop(with error: any Error) -> Int32 {
    stop(with: CheckoutError.describing(error, cancellation: cancellation))
  }

  /// Remembers why, and gives the number that makes libgit2 stop.
  func stop(with error: CheckoutError) -> Int32 {
    if failure == nil { failure = error }
    return GIT_EUSER.rawValue
  }

  /// The result of a callback that has nothing to object to.
  var goOn: Int32 { cancellation.isCancelled ? stop(with: .cancelled) : 0 }

  /// Text for people from the server, in pieces; carriage returns redraw a line on terminals.
  func serverSaid(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
        if byte == UInt8(ascii: "\n") && !line.isEmpty { progress.serverSaid(String(decoding: line, as: UTF8.self)) }
        line.removeAll(keepingCapacity: true)
      } else if line.count < Self.longestLine && (byte >= 0x20 || byte == 0x09) {
        line.append(byte)
      }
    }
  }

  /// The callbacks that lead back to this object.
  func callbacks() -> git_remote_callbacks {
    var callbacks = git_remote_callbacks()
    git_remote_init_callbacks(&callbacks, UInt32(GIT_REMOTE_CALLBACKS_VERSION))
    callbacks.payload = pointer
    callbacks.transfer_progress = { statistics, payload in
      guard let context = FetchContext.from(payload), let statistics else { return GIT_EUSER.rawValue }
      context.progress.received(statistics.pointee)
      return context.goOn
    }
    callbacks.sideband_progress = { text, count, payload in
      guard let context = FetchContext.from(payload) else { return GIT_EUSER.rawValue }
      context.serverSaid(UnsafeRawBufferPointer(start: text, count: Int(count)))
      return context.goOn
    }
    callbacks.pack_progress = { _, _, _, payload in
      FetchContext.from(payload)?.goOn ?? GIT_EUSER.rawValue
    }
    // No transport but ours asks for these; whichever did would be refused.
    callbacks.credentials = { _, _, _, _, _ in GIT_EAUTH.rawValue }
    callbacks.certificate_check = { _, _, _, _ in GIT_ECERTIFICATE.rawValue }
    return callbacks
  }
}
