/// Frames of RFC 6455 §5.2 as a client writes them.
enum WebSocketFrame {
  enum Opcode: UInt8 {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    var isControl: Bool { rawValue >= 8 }
  }

  /// The longest payload of a control frame, §5.5.
  static let longestControl = 125

  /// One whole, masked message or control frame.
  ///
  /// - Parameter mask: four random bytes, new for each frame (§5.3).
  static func encode(_ opcode: Opcode, _ payload: [UInt8], mask: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(payload.count + 14)
    bytes.append(0x80 | opcode.rawValue)
    switch payload.count {
    case ..<126: bytes.append(0x80 | UInt8(payload.count))
    case ..<65_536: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    default:
      bytes.append(0x80 | 127)
      for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(payload.count >> shift & 0xFF)) }
    }
    bytes += mask
    let start = bytes.count
    bytes += payload
    bytes.withUnsafeMutableBufferPointer { buffer in
      for index in 0..<payload.count { buffer[start + index] ^= mask[index & 3] }
    }
    return bytes
  }
}
