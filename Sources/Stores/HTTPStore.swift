internal import Foundation
internal import JourneymanSealing
internal import JourneymanSupport
public import JourneymanTransport

/// A server that takes files by `PUT`, such as a WebDAV folder or an artifact repository.
///
/// A file is streamed from disk, with its digest in `Repr-Digest` (RFC 9530). Where trying again can help, it is tried
/// again by a ``RetryPolicy``. Before each further attempt the server is asked, by `HEAD` with `Content-Range: bytes
/// */LENGTH`, what it already has; one that can continue answers `308` with `Range: bytes=0-LAST`, and gets the rest by
/// `PUT` with `Content-Range`. (`HEAD` changes nothing on servers that know nothing of this.) In the end `HEAD` has to
/// give the right length, if the server answers it at all.
///
/// Redirects are followed within the configured origin only.
public struct HTTPStore: ArtifactStore {
  /// The name in agent.conf.
  public let name: String
  private let address: WebAddress
  private let client: HTTPClient
  private let authorization: HTTPAuthorization?
  private let policy: RetryPolicy
  private let timeouts: HTTPTimeouts
  private let sleep: @Sendable (Duration) async throws -> Void

  /// Where it is, without a query.
  public var place: String { address.description }

  /// From this size on the server is asked before the content is sent.
  private static let smallestExpectation: Int64 = 1 << 20

  /// Uses a server.
  ///
  /// - Parameters:
  ///   - address: the folder; keys are appended to its path.
  ///   - client: with the authorities, client certificate and proxy of this store.
  ///   - authorization: sent to the address's origin only.
  ///   - policy: when to try again.
  ///   - timeouts: of one attempt; the idle time ends a stalled one.
  ///   - sleep: waits between attempts.
  public init(
    name: String, address: WebAddress, client: HTTPClient, authorization: HTTPAuthorization? = nil,
    policy: RetryPolicy = RetryPolicy(), timeouts: HTTPTimeouts = HTTPTimeouts(),
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) {
    self.name = name
    self.address = address
    self.client = client
    self.authorization = authorization
    self.policy = policy
    self.timeouts = timeouts
    self.sleep = sleep
  }

  /// Stores a file.
  ///
  /// - Throws: ``StoreError``, or `CancellationError`.
  public func put(_ file: LocalFile, as key: StoreKey, token: String) async throws {
    let source = try await runBlocking { [file] in
      let opened = try file.open()
      let (sha256, bytes) = try Digest.sha256(ofDescriptor: opened.number, name: file.path)
      if sha256 != file.sha256 || bytes != file.bytes { throw file.different }
      return SharedFile(opened)
    }
    defer { withExtendedLifetime(source) {} }
    var upload = HTTPUpload(
      request: try request("PUT", key), file: file, descriptor: source.number,
      asks: file.bytes >= Self.smallestExpectation)
    try await retrying("store", key) { attempt in
      if attempt > 1 { upload.offset = try await held(file, key) }
      let answer = try await client.send(upload.next())
      if answer.status == 400 || answer.status == 416, upload.offset > 0 {
        // What the server has is of no use any more: begin anew.
        upload.offset = 0
        return .status(503, retryAfter: nil)
      }
      if let failed = try failure(answer, "store", key) { return failed }
      return try await isWhole(file, key) ? nil : .incomplete
    }
  }

  /// Copies a stored file into a descriptor.
  ///
  /// - Throws: ``StoreError``, or `CancellationError`.
  public func get(_ key: StoreKey, into descriptor: Int32, limit: Int64) async throws -> Int64? {
    var request = try request("GET", key)
    request.sink = .descriptor(descriptor, limit: limit)
    let wanted = request
    var received: Int64?
    try await retrying("read", key) { attempt in
      if attempt > 1 && ftruncate(descriptor, 0) == 0 { lseek(descriptor, 0, SEEK_SET) }
      let answer = try await client.send(wanted)
      if answer.status == 404 || answer.status == 410 { return nil }
      if let failed = try failure(answer, "read", key) { return failed }
      received = answer.received
      return nil
    }
    return received
  }

  /// Removes a stored file.
  ///
  /// - Throws: ``StoreError``, or `CancellationError`.
  public func remove(_ key: StoreKey) async throws {
    let request = try request("DELETE", key)
    try await retrying("remove", key) { _ in
      let answer = try await client.send(request)
      return answer.status == 404 || answer.status == 410 ? nil : try failure(answer, "remove", key)
    }
  }

  /// Removes what an interrupted put left on a server that keeps it under the file's own address.
  ///
  /// - Throws: ``StoreError``, or `CancellationError`.
  public func discard(_ key: StoreKey, token: String) async throws { try await remove(key) }

  private func request(_ method: String, _ key: StoreKey) throws -> HTTPRequest {
    do {
      var request = HTTPRequest(method, try address.appending(key.description))
      request.authorization = authorization
      request.timeouts = timeouts
      request.redirects = .sameOrigin(limit: 5)
      return request
    } catch {
      throw StoreError(.invalid, "the store \(name): \(error)", underlying: error)
    }
  }

  /// Repeats an exchange until it returns `nil` or the policy gives up.
  private func retrying(
    _ verb: String, _ key: StoreKey, _ exchange: (_ attempt: Int) async throws -> RetryPolicy.Cause?
  ) async throws {
    var attempt = 0
    while true {
      attempt += 1
      let cause: RetryPolicy.Cause
      var underlying: TransportError?
      do {
        guard let failed = try await exchange(attempt) else { return }
        cause = failed
      } catch let error as TransportError {
        cause = .transport(error.code)
        underlying = error
      }
      switch policy.decision(after: cause, attempt: attempt) {
      case .giveUp: throw givenUp(verb, key, cause, attempt, underlying)
      case .retry(let range):
        try await sleep(range.lowerBound + (range.upperBound - range.lowerBound) * Double.random(in: 0...1))
      }
    }
  }

  private func givenUp(
    _ verb: String, _ key: StoreKey, _ cause: RetryPolicy.Cause, _ attempts: Int, _ underlying: TransportError?
  ) -> StoreError {
    let head = "cannot \(verb) \(key) at \(place)"
    let tail = RetryPolicy.isTemporary(cause) ? ", after \(attempts) attempts" : ""
    switch cause {
    case .status(let status, _): return StoreError(.unavailable, "\(head): the server answers \(status)\(tail)")
    case .incomplete:
      return StoreError(.incomplete, "\(head): the server accepts it and does not have it whole\(tail)")
    case .transport:
      let code: StoreError.Code = RetryPolicy.isTemporary(cause) ? .unavailable : .refused
      let reason = underlying.map { ": \($0.message)" } ?? ""
      return StoreError(code, "\(head)\(reason)\(tail)", underlying: underlying)
    }
  }

  /// - Returns: why to try again, or `nil` for success.
  /// - Throws: ``StoreError`` for a refusal that lasts.
  private func failure(_ answer: HTTPResponse, _ verb: String, _ key: StoreKey) throws(StoreError) -> RetryPolicy.Cause?
  {
    if answer.isSuccess { return nil }
    let cause = RetryPolicy.Cause.status(
      answer.status, retryAfter: answer.headers["Retry-After"].flatMap { RetryAfter.duration($0) })
    if RetryPolicy.isTemporary(cause) { return cause }
    let hint =
      switch answer.status {
      case 401, 403: "; check the secret of the store in agent.conf"
      case 404, 409: "; check the store's URL in agent.conf"
      case 405: "; the URL does not take files by PUT"
      case 413, 507: "; the file is too large for it"
      default: ""
      }
    throw StoreError(.refused, "cannot \(verb) \(key) at \(place): the server answers \(answer.status)\(hint)")
  }

  /// How many bytes the server keeps of an interrupted upload.
  private func held(_ file: LocalFile, _ key: StoreKey) async throws -> Int64 {
    var request = try request("HEAD", key)
    request.headers.add("Content-Range", "bytes */\(file.bytes)")
    let answer = try await client.send(request)
    guard answer.status == 308, let range = answer.headers["Range"], range.hasPrefix("bytes=0-"),
      let last = Int64(range.dropFirst(8)), last >= 0, last < file.bytes
    else { return 0 }
    return last + 1
  }

  /// Whether the server has the file in its full length, as far as it tells.
  private func isWhole(_ file: LocalFile, _ key: StoreKey) async throws -> Bool {
    let answer = try await client.send(try request("HEAD", key))
    if answer.status == 404 || answer.status == 410 { return false }
    guard answer.isSuccess, let length = answer.headers["Content-Length"].flatMap({ Int64($0) }) else { return true }
    return length == file.bytes
  }
}

/// An open file that several tasks refer to.
private final class SharedFile: Sendable {
  private let descriptor: OwnedDescriptor
  var number: Int32 { descriptor.number }
  init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
}

/// The requests of one upload.
struct HTTPUpload {
  let request: HTTPRequest
  let file: LocalFile
  let descriptor: Int32
  /// Whether the server is asked before the content is sent.
  let asks: Bool
  /// How many bytes the server has.
  var offset: Int64 = 0

  init(request: HTTPRequest, file: LocalFile, descriptor: Int32, asks: Bool) {
    self.request = request
    self.file = file
    self.descriptor = descriptor
    self.asks = asks
  }

  /// The request that sends what the server does not have.
  func next() -> HTTPRequest {
    var next = request
    next.headers.add("Content-Type", "application/octet-stream")
    next.headers.add("Repr-Digest", "sha-256=:\(Self.base64(hexadecimal: file.sha256)):")
    if offset > 0 { next.headers.add("Content-Range", "bytes \(offset)-\(file.bytes - 1)/\(file.bytes)") }
    next.body = .file(descriptor: descriptor, offset: offset, length: file.bytes - offset)
    next.expectsContinue = asks
    return next
  }

  private static func base64(hexadecimal text: String) -> String {
    let digits = Array(text)
    let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(digits[$0...($0 + 1)]), radix: 16)
    }
    return Data(bytes).base64EncodedString()
  }
}
