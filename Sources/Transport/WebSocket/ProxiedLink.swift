internal import CCurl
internal import Foundation
internal import JourneymanSupport

/// A connection through a proxy, over libcurl's `CONNECT_ONLY`.
///
/// Sendable holds because it is handed from the thread that connects to the one thread that serves it.
final class ProxiedLink: WebSocketLink, @unchecked Sendable {
  private let easy: UnsafeMutableRawPointer
  let descriptor: Int32

  /// Connects.
  ///
  /// - Throws: ``TransportError``.
  init(_ plan: TransferPlan) throws(TransportError) {
    CurlLibrary.start()
    guard let easy = curl_easy_init() else { throw TransportError(.invalidRequest, "there is no memory left") }
    let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText[0] = 0
    defer { errorText.deallocate() }
    var options = TransferOptions(easy)
    options.apply(plan)
    options.set(CURLOPT_ERRORBUFFER, pointer: errorText)
    options.set(CURLOPT_CONNECT_ONLY, 1)
    options.set(CURLOPT_SSL_ENABLE_ALPN, 0)
    options.set(CURLOPT_HTTPPROXYTUNNEL, 1)
    options.set(CURLOPT_BUFFERSIZE, 16 << 10)
    guard options.failed == nil else {
      curl_easy_cleanup(easy)
      throw TransportError(.invalidRequest, "libcurl cannot be set up for \(plan.address.origin)")
    }
    let code = curl_easy_perform(easy)
    let descriptor = code == CURLE_OK ? journeyman_curl_socket(easy) : -1
    if descriptor < 0 {
      let error = TransferFailure.error(
        code == CURLE_OK ? CURLE_COULDNT_CONNECT : code, plan, detail: String(cString: errorText))
      curl_easy_cleanup(easy)
      throw error
    }
    // The buffer for libcurl's words goes away; so must libcurl's knowledge of it.
    options.set(CURLOPT_ERRORBUFFER, nil as String?)
    self.easy = easy
    self.descriptor = descriptor
  }

  deinit { curl_easy_cleanup(easy) }

  func send(_ bytes: ArraySlice<UInt8>) -> Int? {
    var count = 0
    let code = bytes.withUnsafeBytes { curl_easy_send(easy, $0.baseAddress, $0.count, &count) }
    return code == CURLE_OK ? count : code == CURLE_AGAIN ? 0 : nil
  }

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> WebSocketArrival {
    var count = 0
    switch curl_easy_recv(easy, buffer.baseAddress, buffer.count, &count) {
    case CURLE_OK: return count == 0 ? .end : .bytes(count)
    case CURLE_AGAIN: return .nothing
    default: return .end
    }
  }
}
