internal import CCurl
internal import JourneymanSupport

/// What libcurl's codes mean to people.
enum TransferFailure {
  /// - Parameter detail: libcurl's own words; they name hosts and files, never a query or a credential.
  static func error(_ code: CURLcode, _ plan: TransferPlan, detail: String) -> TransportError {
    let said = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
    let origin = plan.address.origin
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
      return TransportError(.cannotResolve, "\(origin) cannot be found: \(said)")
    case CURLE_COULDNT_CONNECT:
      return TransportError(.cannotConnect, "\(origin) cannot be reached: \(said)")
    case CURLE_OPERATION_TIMEDOUT: return timeOut(plan, said)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED:
      return TransportError(
        .insecure, "there is no trusted connection to \(origin): \(said); check caFile and clientCertificate")
    case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_NOT_BUILT_IN:
      return TransportError(.invalidRequest, "a request to \(origin) cannot be made: \(said)")
    default:
      return TransportError(.connectionLost, "the connection to \(origin) broke: \(said)")
    }
  }

  /// libcurl has one code for three limits; its words tell which it was.
  private static func timeOut(_ plan: TransferPlan, _ said: String) -> TransportError {
    let origin = plan.address.origin
    if said.hasPrefix("Operation too slow"), let idle = plan.timeouts.idle {
      return TransportError(.stalled, "nothing moved between here and \(origin) for \(idle.seconds) seconds")
    }
    if said.speaksOfConnecting {
      return TransportError(
        .cannotConnect, "\(origin) did not answer within \(plan.timeouts.connect.seconds) seconds")
    }
    return TransportError(.timedOut, "the request to \(plan.address) was not answered in time: \(said)")
  }
}

extension String {
  /// Whether libcurl speaks of connecting: `Connection timeout after …`, `Failed to connect …`, `Resolving timed out …`,
  /// `SSL connection timeout`.
  fileprivate var speaksOfConnecting: Bool {
    let text = lowercased()
    return [
      "connection timeout", "failed to connect", "connection timed out", "resolving timed out",
      "proxy connect aborted due to timeout",
    ].contains { text.place(of: $0) != nil }
  }
}
