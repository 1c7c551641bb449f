internal import Foundation
internal import JourneymanSupport

/// One exchange as the engine carries it out, checked.
struct TransferPlan: Sendable {
  let method: String
  let address: WebAddress
  /// Lines as `Name: value`; some hold a secret.
  let headerLines: [String]
  let body: HTTPBody
  let sink: HTTPSink
  let timeouts: HTTPTimeouts
  let configuration: HTTPConfiguration

  /// - Throws: ``TransportError`` when a part could smuggle a header or a request of its own.
  init(_ request: HTTPRequest, _ configuration: HTTPConfiguration) throws(TransportError) {
    guard !request.method.isEmpty, request.method.utf8.allSatisfy(Self.isTokenCharacter) else {
      throw TransportError(.invalidRequest, "the method of a request to \(request.address.origin) is not a word")
    }
    var lines: [String] = []
    for field in request.headers.fields {
      guard !field.name.isEmpty, field.name.utf8.allSatisfy(Self.isTokenCharacter),
        !field.value.utf8.contains(where: { $0 < 0x20 && $0 != 9 || $0 == 0x7F })
      else {
        throw TransportError(
          .invalidRequest, "a header field of a request to \(request.address.origin) has characters it must not have")
      }
      // libcurl sends a field without a value only if it ends in a semicolon.
      lines.append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
    }
    switch request.authorization {
    case nil: break
    case .bearer(let token):
      lines.append("Authorization: Bearer \(try Self.checked(token, request.address))")
    case .basic(let user, let password):
      if user.utf8.contains(UInt8(ascii: ":")) {
        throw TransportError(.invalidRequest, "the user name for \(request.address.origin) has a colon in it")
      }
      let pair = Data("\(user):\(password.reveal())".utf8).base64EncodedString()
      lines.append("Authorization: Basic \(pair)")
    }
    lines.append(request.expectsContinue ? "Expect: 100-continue" : "Expect:")
    method = request.method
    address = request.address
    headerLines = lines
    body = request.body
    sink = request.sink
    timeouts = request.timeouts
    self.configuration = configuration
  }

  private static func checked(_ token: Secret, _ address: WebAddress) throws(TransportError) -> String {
    let text = token.reveal()
    if text.isEmpty || text.utf8.contains(where: { $0 < 0x21 || $0 > 0x7E }) {
      throw TransportError(
        .invalidRequest,
        "the token for \(address.origin) is empty or has characters that no token has; check the secret")
    }
    return text
  }

  /// A character of a token, RFC 9110 §5.6.2.
  private static func isTokenCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
