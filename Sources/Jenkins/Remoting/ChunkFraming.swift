/// How commands are cut into WebSocket messages: pieces with a header of two bytes, whose highest bit says that the
/// command goes on in the next piece.
struct ChunkFraming {
  /// The longest piece that is sent.
  static let longestPiece = 8192
  private static let goesOn = 0x8000

  private let limit: Int
  private var command: [UInt8] = []

  /// - Parameter limit: the longest command that is taken.
  init(limit: Int) { self.limit = limit }

  /// Cuts a command into messages.
  static func messages(_ command: [UInt8]) -> [[UInt8]] {
    var messages: [[UInt8]] = []
    var rest = command[...]
    repeat {
      let piece = rest.prefix(longestPiece)
      rest = rest.dropFirst(piece.count)
      let header = piece.count | (rest.isEmpty ? 0 : goesOn)
      messages.append([UInt8(header >> 8), UInt8(header & 0xFF)] + piece)
    } while !rest.isEmpty
    return messages
  }

  /// Takes a message, which may hold any part of the stream of pieces as long as it cuts none in two.
  ///
  /// - Returns: the commands it completes.
  /// - Throws: ``JenkinsError`` for a broken piece or a command that is too long.
  mutating func take(_ message: [UInt8]) throws(JenkinsError) -> [[UInt8]] {
    var commands: [[UInt8]] = []
    var rest = message[...]
    while !rest.isEmpty {
      guard rest.count >= 2 else { throw Self.broken }
      let header = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
      let length = header & ~Self.goesOn
      rest = rest.dropFirst(2)
      guard rest.count >= length else { throw Self.broken }
      if command.count + length > limit {
        throw JenkinsError(.protocolBroken, "the controller sends a command of more than \(limit) bytes")
      }
      command += rest.prefix(length)
      rest = rest.dropFirst(length)
      if header & Self.goesOn == 0 {
        commands.append(command)
        command = []
      }
    }
    return commands
  }

  private static let broken = JenkinsError(.protocolBroken, "the controller sends a piece of a command that is cut off")
}
