import Foundation
internal import JourneymanSealing
internal import JourneymanSupport
public import JourneymanTransport

/// A copy of a build's output on a web server, read by HTTP or HTTPS. Nothing is kept on disk.
public final class WebArtifacts: ArtifactLocation {
  private let base: WebAddress
  private let client: HTTPClient

  /// Names the address beneath which the manifest lies.
  ///
  /// - Throws: ``AttestationError`` for what is no HTTP or HTTPS address.
  public init(_ address: String, client: HTTPClient = HTTPClient()) throws(AttestationError) {
    do throws(TransportError) {
      base = try WebAddress(address)
    } catch {
      throw AttestationError(.missing, error.message, underlying: error)
    }
    self.client = client
  }

  /// Whether a text names a web server and not a directory.
  public static func recognizes(_ text: String) -> Bool {
    let lower = text.lowercased()
    return lower.hasPrefix("https://") || lower.hasPrefix("http://")
  }

  /// The bytes of a small file; `nil` when the server has none.
  public func read(_ name: String, limit: Int) async throws -> [UInt8]? {
    let response = try await send(name, .memory(limit: limit))
    return response?.body
  }

  /// The digest and size of a file; `nil` when the server has none.
  public func digest(_ name: String, limit: Int64) async throws -> (sha256: String, bytes: Int64)? {
    var pipe = try Pipe(capacity: 1 << 20)
    guard let source = pipe.readEnd.take(), let sink = pipe.writeEnd.take() else { return nil }
    try makeNonblocking(sink.number, name: name)
    let reader = source.release()
    async let digest = runBlocking {
      let source = OwnedDescriptor(taking: reader)
      return try Digest.sha256(ofDescriptor: source.number, name: name)
    }
    let response: HTTPResponse?
    do {
      response = try await send(name, .descriptor(sink.number, limit: limit))
    } catch {
      close(sink)
      _ = try? await digest
      throw error
    }
    close(sink)
    let found = try await digest
    return response == nil ? nil : found
  }

  /// A web server is not asked what else it has.
  public func artifactNames() async throws -> [String]? { nil }

  private func send(_ name: String, _ sink: HTTPSink) async throws -> HTTPResponse? {
    try ArtifactPath.check(name)
    do {
      var request = HTTPRequest("GET", try base.appending(name))
      request.sink = sink
      request.redirects = .follow(limit: 5)
      let response = try await client.send(request)
      if response.status == 404 || response.status == 410 { return nil }
      if !response.isSuccess {
        throw AttestationError(.system, "\(request.address) answers with status \(response.status)")
      }
      return response
    } catch let error as TransportError {
      throw AttestationError(.system, "cannot fetch \(ArtifactPath.shown(name)): \(error.message)", underlying: error)
    }
  }

  /// The end that the digest waits for.
  private func close(_ sink: consuming OwnedDescriptor) { _ = consume sink }
}
