internal import CSSL
internal import Foundation
internal import JourneymanSupport

/// A connection with TLS, over libssl.
///
/// Sendable holds because it is handed from the thread that connects to the one thread that serves it.
final class SecureLink: WebSocketLink, @unchecked Sendable {
  let descriptor: Int32
  private let ssl: OpaquePointer

  /// Shakes hands. Blocks.
  ///
  /// - Throws: ``TransportError``.
  init(
    _ socket: consuming OwnedDescriptor, _ origin: WebAddress.Origin, _ configuration: HTTPConfiguration,
    until deadline: ContinuousClock.Instant
  ) throws(TransportError) {
    let context = try Self.context(origin, configuration)
    // The connection keeps what it needs of it.
    defer { SSL_CTX_free(context) }
    guard let ssl = SSL_new(context) else { throw Self.insecure(origin, Self.problem()) }
    var isDone = false
    defer { if !isDone { SSL_free(ssl) } }
    guard Self.expect(origin, ssl), SSL_set_fd(ssl, socket.number) == 1 else {
      throw Self.insecure(origin, Self.problem())
    }
    try Self.shakeHands(ssl, socket.number, origin, until: deadline)
    isDone = true
    self.ssl = ssl
    descriptor = socket.release()
  }

  deinit {
    SSL_free(ssl)
    close(descriptor)
  }

  // MARK: Trust

  private static func context(
    _ origin: WebAddress.Origin, _ configuration: HTTPConfiguration
  ) throws(TransportError) -> OpaquePointer {
    ERR_clear_error()
    guard let context = SSL_CTX_new(TLS_client_method()) else { throw insecure(origin, problem()) }
    var isDone = false
    defer { if !isDone { SSL_CTX_free(context) } }
    journeyman_ssl_set_modes(context)
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
    _ = journeyman_ssl_require_tls12(context)
    // The system's authorities are looked up one by one in their directory; the bundle would be a megabyte of memory.
    let isTrusting =
      if let file = configuration.caFile {
        SSL_CTX_load_verify_file(context, file)
      } else {
        SSL_CTX_set_default_verify_paths(context)
      }
    if isTrusting != 1 {
      throw insecure(origin, "the authorities in \(configuration.caFile ?? "the system") cannot be read: \(problem())")
    }
    if let certificate = configuration.clientCertificate {
      let key = configuration.clientKey ?? certificate
      // Without a password nobody is asked for one at the terminal.
      let password = configuration.clientKeyPassword?.reveal() ?? ""
      let isTaken = password.withCString { text in
        journeyman_ssl_set_password(context, text) == 1
          && SSL_CTX_use_certificate_chain_file(context, certificate) == 1
          && SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1
      }
      if !isTaken { throw insecure(origin, "the certificate \(certificate) cannot be used: \(problem())") }
    }
    isDone = true
    return context
  }

  /// Whom the certificate has to name.
  private static func expect(_ origin: WebAddress.Origin, _ ssl: OpaquePointer) -> Bool {
    let parameters = SSL_get0_param(ssl)
    if origin.host.hasPrefix("[") {
      return X509_VERIFY_PARAM_set1_ip_asc(parameters, String(origin.host.dropFirst().dropLast())) == 1
    }
    var address = in_addr()
    if inet_pton(AF_INET, origin.host, &address) == 1 {
      return X509_VERIFY_PARAM_set1_ip_asc(parameters, origin.host) == 1
    }
    return X509_VERIFY_PARAM_set1_host(parameters, origin.host, 0) == 1
      && journeyman_ssl_set_server_name(ssl, origin.host) == 1
  }

  private static func shakeHands(
    _ ssl: OpaquePointer, _ descriptor: Int32, _ origin: WebAddress.Origin, until deadline: ContinuousClock.Instant
  ) throws(TransportError) {
    while true {
      ERR_clear_error()
      let result = SSL_connect(ssl)
      if result == 1 { return }
      let events: Int32
      switch SSL_get_error(ssl, result) {
      case SSL_ERROR_WANT_READ: events = POLLIN
      case SSL_ERROR_WANT_WRITE: events = POLLOUT
      default:
        let verdict = SSL_get_verify_result(ssl)
        throw insecure(
          origin,
          verdict == Int(X509_V_OK)
            ? problem() : "its certificate is refused: \(String(cString: X509_verify_cert_error_string(verdict)))")
      }
      if !SocketConnecting.wait(descriptor, for: Int16(events), ContinuousClock.now.duration(to: deadline)) {
        throw TransportError(.cannotConnect, "\(origin) did not finish the TLS handshake in time")
      }
    }
  }

  private static func insecure(_ origin: WebAddress.Origin, _ reason: String) -> TransportError {
    TransportError(
      .insecure, "there is no trusted connection to \(origin): \(reason); check caFile and clientCertificate")
  }

  /// What libssl says of its last failure on this thread.
  private static func problem() -> String {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    guard code != 0 else { return "the server closed the connection" }
    guard let reason = ERR_reason_error_string(code) else { return "error \(code)" }
    return String(cString: reason)
  }

  // MARK: Bytes

  func send(_ bytes: ArraySlice<UInt8>) -> Int? {
    var count = 0
    ERR_clear_error()
    let result = bytes.withUnsafeBytes { SSL_write_ex(ssl, $0.baseAddress, $0.count, &count) }
    return result == 1 ? count : isWaiting(result) ? 0 : nil
  }

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> WebSocketArrival {
    var count = 0
    ERR_clear_error()
    let result = SSL_read_ex(ssl, buffer.baseAddress, buffer.count, &count)
    return result == 1 ? .bytes(count) : isWaiting(result) ? .nothing : .end
  }

  private func isWaiting(_ result: Int32) -> Bool {
    [SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE].contains(SSL_get_error(ssl, result))
  }
}
