internal import JourneymanActionKit
internal import JourneymanActionSupport

/// Sends blobs: at once when they are small, else in chunks, going on where the registry has them after a failure.
struct BlobUpload: Sendable {
  let registry: OCIRegistry
  let chunkSize: Int
  private let mostFailures = 5
  /// What a registry can ask for at most: a chunk is in memory.
  private static let largestChunk = 64 << 20

  /// One upload that the registry has opened. Only its latest location is good.
  private struct Session {
    var location: String
    var offset: Int64 = 0
    var failures = 0
    var shortestChunk = 0
  }

  init(registry: OCIRegistry, chunkSize: Int) {
    self.registry = registry
    self.chunkSize = chunkSize
  }

  /// Sends a blob that the registry lacks.
  func send(_ blob: OCIDescriptor, _ source: OCIContent.Source) async throws {
    if try await isThere(blob) { return }
    var session = try await open(failures: 0)
    while true {
      let rest = blob.size - session.offset
      let count = min(rest, Int64(max(chunkSize, session.shortestChunk)))
      let bytes = try await Self.bytes(source, session.offset, Int(count))
      guard bytes.count == count else {
        throw PackageError(.invalidPackage, "\(blob.digest) became shorter while it was sent")
      }
      if rest == 0 || session.offset == 0 && count == blob.size {
        if try await close(blob, bytes, &session) { return }
      } else {
        try await append(blob, bytes, &session)
      }
    }
  }

  private func isThere(_ blob: OCIDescriptor) async throws -> Bool {
    let response = try await registry.send(WebRequest("HEAD", registry.url("blobs/\(blob.digest)")))
    // Registries that keep blobs elsewhere answer with a redirect to those they have.
    let isElsewhere = [302, 303, 307, 308].contains(response.status)
    if response.status != 404 && !response.isSuccess && !isElsewhere {
      throw RepositoryClient.refusal("asking for \(blob.digest)", response)
    }
    return response.status != 404
  }

  private func open(failures: Int) async throws -> Session {
    var request = WebRequest("POST", registry.url("blobs/uploads/"))
    request.body = .bytes([])
    let response = try await registry.send(request)
    guard response.status == 202 else { throw RepositoryClient.refusal("an upload to \(registry.name)", response) }
    var session = Session(location: try location(response), failures: failures)
    session.shortestChunk = min(response.header("OCI-Chunk-Min-Length").flatMap { Int($0) } ?? 0, Self.largestChunk)
    return session
  }

  /// Sends one chunk, or finds out where to go on.
  private func append(_ blob: OCIDescriptor, _ bytes: [UInt8], _ session: inout Session) async throws {
    var request = WebRequest("PATCH", session.location)
    let end = session.offset + Int64(bytes.count)
    request.headers = [("Content-Type", "application/octet-stream"), ("Content-Range", "\(session.offset)-\(end - 1)")]
    request.body = .bytes(bytes)
    do {
      let response = try await registry.send(request, isRetried: false)
      if response.status == 202 {
        session.location = try location(response)
        let received = Self.received(response) ?? end
        guard received > session.offset, received <= end else {
          throw PackageError(.refused, "the registry lost its place in \(blob.digest)")
        }
        session.offset = received
        if received < end { try await count(&session, "the registry took a part of a chunk") }
        return
      }
      if response.status < 500 && ![404, 416, 429].contains(response.status) {
        throw RepositoryClient.refusal(blob.digest, response)
      }
      try await count(&session, "the registry answered \(response.status)")
    } catch let error as PluginError where error.code == .network {
      try await count(&session, error.message)
    }
    try await resume(blob, &session)
  }

  /// Asks where to go on; from the start when the registry cannot tell.
  private func resume(_ blob: OCIDescriptor, _ session: inout Session) async throws {
    let response = try await registry.send(WebRequest("GET", session.location))
    // `0-0` is what some registries say of nothing, too.
    if response.status == 204, let received = Self.received(response), received > 1, received <= blob.size {
      session.offset = received
      if response.header("Location") != nil { session.location = try location(response) }
      registry.client.context.log("going on behind \(received) bytes")
    } else {
      session = try await open(failures: session.failures)
    }
  }

  /// Sends the digest, and perhaps the whole blob with it.
  ///
  /// - Returns: no when it has to be sent again.
  private func close(_ blob: OCIDescriptor, _ bytes: [UInt8], _ session: inout Session) async throws -> Bool {
    let separator = session.location.contains("?") ? "&" : "?"
    var request = WebRequest("PUT", session.location + separator + "digest=" + RepositoryAddress.encoded(blob.digest))
    request.headers = [("Content-Type", "application/octet-stream")]
    request.body = .bytes(bytes)
    do {
      let response = try await registry.send(request, isRetried: false)
      if response.status == 201 || response.status == 204 { return true }
      if response.status < 500 && response.status != 429 && response.status != 404 {
        throw RepositoryClient.refusal(blob.digest, response)
      }
      try await count(&session, "the registry answered \(response.status)")
    } catch let error as PluginError where error.code == .network {
      try await count(&session, error.message)
    }
    if try await isThere(blob) { return true }
    session = try await open(failures: session.failures)
    return false
  }

  private func count(_ session: inout Session, _ what: String) async throws {
    session.failures += 1
    if session.failures > mostFailures { throw PackageError(.refused, "the upload broke off too often: \(what)") }
    registry.client.context.log("\(what); going on", .warning)
    try await Task.sleep(for: .milliseconds(Int64.random(in: 50...(250 << session.failures))))
  }

  /// How many bytes the registry has: `Range: 0-999` is a thousand.
  private static func received(_ response: WebResponse) -> Int64? {
    guard let parts = response.header("Range")?.split(separator: "-"), parts.count == 2,
      let end = Int64(parts[1]), end >= 0, end < .max
    else { return nil }
    return end + 1
  }

  /// The latest location: relative, or absolute and not less protected than the registry.
  private func location(_ response: WebResponse) throws -> String {
    guard let text = response.header("Location"), !text.isEmpty else {
      throw PackageError(.refused, "the registry does not say where to send a blob")
    }
    if text.hasPrefix("/") && !text.hasPrefix("//") {
      return try RepositoryAddress(registry.client.address.atOrigin(text), allowsQuery: true).text
    }
    let address = try RepositoryAddress(text, allowsQuery: true)
    if registry.client.address.scheme == "https" && address.scheme != "https" {
      throw PackageError(.refused, "the registry wants blobs sent to \(address.origin), which is not encrypted")
    }
    return address.text
  }

  private static func bytes(_ source: OCIContent.Source, _ offset: Int64, _ count: Int) async throws -> [UInt8] {
    switch source {
    case .bytes(let bytes): Array(bytes[Int(offset)..<min(bytes.count, Int(offset) + count)])
    case .file(let file): try await file.content.piece(at: offset, count: count)
    }
  }
}
