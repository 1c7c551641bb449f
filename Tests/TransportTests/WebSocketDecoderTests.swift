import Testing

@testable import JourneymanTransport

/// Frames byte by byte, good ones and those that a server must not send.
struct WebSocketDecoderTests {
  private func decode(_ bytes: [UInt8], limit: Int = 1000) throws -> [WebSocketEvent] {
    var decoder = WebSocketDecoder(limit: limit)
    return try bytes.withUnsafeBytes { try decoder.feed($0) }
  }

  @Test func framesMayComeInAnyPieces() throws {
    let bytes: [UInt8] = [0x02, 2, 1, 2, 0x89, 1, 9, 0x80, 1, 3, 0x8A, 0, 0x88, 2, 0x03, 0xE8]
    let expected: [WebSocketEvent] = [.ping([9]), .message([1, 2, 3]), .pong, .close(1000)]
    #expect(try decode(bytes) == expected)
    var decoder = WebSocketDecoder(limit: 1000)
    var events: [WebSocketEvent] = []
    for byte in bytes { events += try [byte].withUnsafeBytes { try decoder.feed($0) } }
    #expect(events == expected)
  }

  @Test(
    arguments: [
      [0xC2, 0],  // a reserved bit
      [0x83, 0],  // an unknown opcode
      [0x82, 0x80, 0, 0, 0, 0],  // masked by a server
      [0x09, 0],  // a ping in pieces
      [0x89, 126, 0, 126],  // a ping that is too long
      [0x80, 0],  // a continuation of nothing
      [0x02, 0, 0x82, 0],  // a message within a message
      [0x82, 126, 0, 5],  // a length longer than needed
      [0x82, 127, 0, 0, 0, 0, 0, 0, 1, 0],  // the same
      [0x82, 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],  // a negative length
      [0x88, 1, 3],  // half a status
      [0x81, 1, 0xFF],  // text that is none
    ] as [[UInt8]])
  func brokenFramesAreRefused(_ bytes: [UInt8]) {
    #expect(throws: TransportError.self) { _ = try decode(bytes) }
  }

  @Test func messagesAreBounded() throws {
    let error = #expect(throws: TransportError.self) { _ = try decode([0x82, 126, 0x03, 0xE9]) }
    #expect(error?.code == .tooLarge)
    let pieces = #expect(throws: TransportError.self) {
      _ = try decode([0x02, 126, 0x03, 0xE8] + [UInt8](repeating: 0, count: 1000) + [0x80, 1, 0])
    }
    #expect(pieces?.code == .tooLarge)
  }

  @Test func clientsMaskWhatTheySend() {
    let bytes = WebSocketFrame.encode(.binary, [1, 2, 3, 4, 5], mask: [0xF0, 0x0F, 0xFF, 0])
    #expect(bytes == [0x82, 0x85, 0xF0, 0x0F, 0xFF, 0, 0xF1, 0x0D, 0xFC, 4, 0xF5])
  }

  /// The example of RFC 6455 §1.3.
  @Test func theAcceptedKeyIsThatOfTheStandard() {
    #expect(WebSocketHandshake.accept(for: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
  }
}
