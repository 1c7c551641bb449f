internal import CCurl
internal import Foundation
internal import JourneymanSupport

/// One exchange and its libcurl handle.
///
/// Sendable holds because after its making only the engine's thread touches it, except that the continuation is set
/// before the transfer is handed to that thread.
final class Transfer: @unchecked Sendable {
  let plan: TransferPlan
  /// The libcurl handle, from `prepare` on.
  private(set) var easy: UnsafeMutableRawPointer?
  /// What libcurl said at the end.
  var outcome: CURLcode?
  /// Bytes the receiver had no room for.
  private(set) var blocked: [UInt8] = []

  private var continuation: CheckedContinuation<TransferAnswer, any Error>?
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private var isPaused = false
  private var sent: Int64 = 0
  private var status = 0
  private var headers = HTTPHeaders()
  private var headerBytes = 0
  private var content: [UInt8] = []
  private var received: Int64 = 0
  /// Why a callback stopped the transfer.
  private var failure: TransportError?

  private static let longestHeader = 256 << 10
  private static let longestRefusal = 64 << 10

  init(_ plan: TransferPlan) {
    self.plan = plan
    errorText[0] = 0
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_slist_free_all(headerList)
    errorText.deallocate()
  }

  /// Who waits for the end.
  func expect(_ continuation: CheckedContinuation<TransferAnswer, any Error>) { self.continuation = continuation }

  /// Tells whoever waits. Only the first call counts.
  func finish(_ result: Result<TransferAnswer, any Error>) {
    continuation?.resume(with: result)
    continuation = nil
  }

  /// The descriptor that the content goes to, or -1.
  var receiver: Int32 {
    if case .descriptor(let descriptor, _) = plan.sink { descriptor } else { -1 }
  }

  /// Makes the libcurl handle.
  func prepare() throws(TransportError) -> UnsafeMutableRawPointer {
    guard let easy = curl_easy_init() else { throw TransportError(.invalidRequest, "there is no memory left") }
    self.easy = easy
    for line in plan.headerLines { headerList = curl_slist_append(headerList, line) }
    var options = TransferOptions(easy)
    options.apply(plan)
    options.set(CURLOPT_ERRORBUFFER, pointer: errorText)
    options.set(CURLOPT_HTTPHEADER, list: headerList)
    let context = Unmanaged.passUnretained(self).toOpaque()
    options.set(CURLOPT_WRITEDATA, pointer: context)
    options.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      Transfer.at(context)?.take(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
    }
    options.set(CURLOPT_HEADERDATA, pointer: context)
    options.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      Transfer.at(context)?.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
    }
    options.set(CURLOPT_READDATA, pointer: context)
    options.set(CURLOPT_READFUNCTION) { bytes, size, count, context in
      Transfer.at(context)?.give(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
        ?? Int(CURL_READFUNC_ABORT)
    }
    options.set(CURLOPT_SEEKDATA, pointer: context)
    options.setSeek { context, offset, origin in
      guard origin == SEEK_SET, let transfer = Transfer.at(context) else { return CURL_SEEKFUNC_CANTSEEK }
      transfer.sent = Int64(offset)
      return CURL_SEEKFUNC_OK
    }
    if let failed = options.failed {
      throw TransportError(
        .invalidRequest,
        "libcurl cannot be set up for \(plan.address.origin): \(String(cString: curl_easy_strerror(failed)))")
    }
    return easy
  }

  private static func at(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
  }

  /// What the transfer came to.
  func result(_ code: CURLcode) -> Result<TransferAnswer, any Error> {
    if let failure { return .failure(failure) }
    let status = journeyman_curl_status(easy)
    // A server that refuses an upload may close the connection while it is sent: its answer counts.
    let refusedEarly = (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR) && status >= 400 && !hasBody(status)
    if code != CURLE_OK && !refusedEarly {
      return .failure(TransferFailure.error(code, plan, detail: String(cString: errorText)))
    }
    let response = HTTPResponse(
      status: status, headers: headers, body: content, received: received, address: plan.address)
    return .success(
      TransferAnswer(response: response, redirect: journeyman_curl_redirect(easy).map { String(cString: $0) }))
  }

  /// Whether an answer of this status says that content follows which has not come.
  private func hasBody(_ status: Int) -> Bool {
    guard let length = headers["Content-Length"].flatMap({ Int64($0) }) else { return false }
    return received < length
  }

  // MARK: Sending

  /// Fills a buffer with what is to be sent next.
  private func give(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    switch plan.body {
    case .none: return 0
    case .bytes(let bytes):
      let rest = bytes[min(bytes.count, Int(sent))...].prefix(buffer.count)
      buffer.copyBytes(from: rest)
      sent += Int64(rest.count)
      return rest.count
    case .file(let descriptor, let offset, let length):
      let wanted = Int(min(Int64(buffer.count), length - sent))
      if wanted <= 0 { return 0 }
      while true {
        let count = pread(descriptor, buffer.baseAddress, wanted, off_t(offset + sent))
        if count > 0 {
          sent += Int64(count)
          return count
        }
        if count < 0 && errno == EINTR { continue }
        let reason = count == 0 ? "it became shorter while it was sent" : String(cString: strerror(errno))
        failure = TransportError(.unreadableBody, "cannot read what is sent to \(plan.address): \(reason)")
        return Int(CURL_READFUNC_ABORT)
      }
    }
  }

  // MARK: Receiving

  private func takeHeader(_ line: UnsafeRawBufferPointer) -> Int {
    headerBytes += line.count
    if headerBytes > Self.longestHeader {
      failure = TransportError(
        .tooLarge, "\(plan.address.origin) sends more than \(Self.longestHeader) bytes of header fields")
      return 0
    }
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      headers = HTTPHeaders()
      status = text.split(separator: " ").dropFirst().first.flatMap { Int($0.prefix(3)) } ?? 0
    } else if let colon = text.firstIndex(of: ":") {
      headers.add(
        String(text[..<colon]), text[text.index(after: colon)...].trimmed)
    }
    return line.count
  }

  /// Takes content. libcurl offers again what is not taken because the transfer pauses.
  private func take(_ bytes: UnsafeRawBufferPointer) -> Int {
    if !(200..<300).contains(status) {
      received += Int64(bytes.count)
      content.append(contentsOf: bytes.prefix(Self.longestRefusal - content.count))
      return bytes.count
    }
    if !blocked.isEmpty {
      isPaused = true
      return Int(CURL_WRITEFUNC_PAUSE)
    }
    let limit: Int64
    switch plan.sink {
    case .memory(let bytes): limit = Int64(bytes)
    case .descriptor(_, let bytes): limit = bytes
    }
    received += Int64(bytes.count)
    if received > limit {
      failure = TransportError(.tooLarge, "\(plan.address) sends more than the \(limit) bytes that are allowed")
      return 0
    }
    if case .memory = plan.sink {
      content.append(contentsOf: bytes)
    } else {
      blocked.append(contentsOf: write(bytes))
      if failure != nil { return 0 }
    }
    return bytes.count
  }

  /// Writes what the receiver has room for now.
  ///
  /// - Returns: the rest.
  private func write(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var rest = bytes
    while !rest.isEmpty {
      let count = Foundation.write(receiver, rest.baseAddress, rest.count)
      if count >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if errno == EAGAIN || errno == EWOULDBLOCK {
        return rest
      } else if errno != EINTR {
        let error = SystemError("write what \(plan.address) sends")
        failure = TransportError(.unwritableSink, error.description, underlying: error)
        return rest
      }
    }
    return rest
  }

  /// Writes on after the receiver was full, and lets the transfer go on when it has taken everything.
  func unblock() {
    let bytes = blocked
    blocked = bytes.withUnsafeBytes { Array(write($0)) }
    if failure != nil {
      blocked = []
      outcome = CURLE_WRITE_ERROR
    } else if blocked.isEmpty && isPaused {
      isPaused = false
      curl_easy_pause(easy, CURLPAUSE_CONT)
    }
  }
}
