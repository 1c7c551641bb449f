internal import CCrypto
internal import Foundation
internal import JourneymanSupport

/// The opening handshake of RFC 6455 §4.
struct WebSocketHandshake {
  /// The request as it is sent.
  let request: [UInt8]
  private let accept: String

  /// The longest answer that is read.
  static let longestAnswer = 64 << 10

  /// - Parameters:
  ///   - address: where to.
  ///   - headerLines: further lines as `Name: value`, checked; sent as ISO 8859-1, which is how servers in Java read
  ///     them. Other characters become question marks.
  ///   - nonce: 16 random bytes.
  init(_ address: WebAddress, headerLines: [String], nonce: [UInt8]) {
    let key = Data(nonce).base64EncodedString()
    let origin = address.origin
    let isUsual = origin.port == (origin.scheme == "https" ? "443" : "80")
    let lines =
      [
        "GET \(address.target) HTTP/1.1", "Host: \(origin.host)\(isUsual ? "" : ":\(origin.port)")",
        "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: \(key)",
      ].map { Array($0.utf8) }
      + headerLines.map { line in line.unicodeScalars.map { UInt8(exactly: $0.value) ?? UInt8(ascii: "?") } }
    request = Array(lines.joined(separator: Array("\r\n".utf8))) + Array("\r\n\r\n".utf8)
    accept = Self.accept(for: key)
  }

  /// What a server answers to a key, §4.2.2: the base64 of a SHA-1.
  static func accept(for key: String) -> String {
    let text = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    guard EVP_Digest(text, text.count, &digest, &length, EVP_sha1(), nil) == 1 else { return "" }
    return Data(digest.prefix(Int(length))).base64EncodedString()
  }

  /// An answer's status and fields.
  struct Answer {
    let status: Int
    let headers: HTTPHeaders
  }

  /// Reads an answer's head, without the empty line at its end.
  ///
  /// - Returns: `nil` when it is not HTTP/1.1.
  static func parse(_ head: String) -> Answer? {
    let lines = head.components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0] == "HTTP/1.1" || words[0] == "HTTP/1.0", words[1].utf8.count == 3,
      let status = Int(words[1])
    else { return nil }
    var headers = HTTPHeaders()
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers.add(
        String(line[..<colon]), line[line.index(after: colon)...].trimmed)
    }
    return Answer(status: status, headers: headers)
  }

  /// Whether an answer with status 101 agrees to this handshake, §4.1.
  func isAccepted(_ answer: Answer) -> Bool {
    let tokens = (answer.headers["Connection"] ?? "").lowercased().split(separator: ",").map {
      $0.trimmed
    }
    return answer.headers["Upgrade"]?.lowercased() == "websocket" && tokens.contains("upgrade")
      && !accept.isEmpty && answer.headers["Sec-WebSocket-Accept"] == accept
      && answer.headers["Sec-WebSocket-Extensions"] == nil && answer.headers["Sec-WebSocket-Protocol"] == nil
  }
}
