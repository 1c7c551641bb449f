import JourneymanActionKit
import JourneymanActionSupport

/// Signs the requests of the target `http`, so that a receiver knows who sent them, that nothing in them was changed,
/// and that they are not sent again by somebody else.
///
/// Each request has four header fields:
///
///     X-Journeyman-Timestamp       seconds since 1970
///     X-Journeyman-Delivery        a UUID, the same when a request is tried again
///     X-Journeyman-Content-SHA256  SHA-256 of the body, 64 lower-case hexadecimal digits
///     X-Journeyman-Signature       v1= and 64 lower-case hexadecimal digits:
///
///     HMAC-SHA-256(secret, "v1" LF timestamp LF delivery LF method LF target LF content-sha256)
///
/// `secret` is the secret's bytes, LF one line feed, `method` in capitals, and `target` the path and the query as they
/// stand in the request line. A receiver computes SHA-256 of the body that it got and the signature from that, compares in
/// constant time, refuses timestamps that are more than 300 seconds away from its own clock, and answers a delivery
/// that it has seen within that time as it did before, without deploying again.
struct RequestSignature: Sendable {
  let secret: PluginSecret

  /// The header fields of a request.
  ///
  /// - Parameters:
  ///   - time: seconds since 1970.
  ///   - digest: SHA-256 of the body in hexadecimal digits.
  /// - Throws: `SupportError` when HMAC cannot be computed.
  func fields(
    _ method: String, _ url: WebTemplate.Location, digest: String, delivery: String, time: Int64
  ) throws -> [(name: String, value: String)] {
    let text = ["v1", String(time), delivery, method, url.target, digest].joined(separator: "\n")
    let signature = FileDigest.hexadecimal(try FileDigest.hmacSHA256(Array(text.utf8), key: secret))
    return [
      ("X-Journeyman-Timestamp", String(time)), ("X-Journeyman-Delivery", delivery),
      ("X-Journeyman-Content-SHA256", digest), ("X-Journeyman-Signature", "v1=" + signature),
    ]
  }
}
