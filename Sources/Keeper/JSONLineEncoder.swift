import Foundation
internal import JourneymanBuildModel

/// Events as lines of JSON, keys sorted, so that equal events are equal bytes.
final class JSONLineEncoder {
  private let encoder = JSONEncoder()

  init() { encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes] }

  /// One event and the line's end.
  func line(for event: BuildEvent) throws -> [UInt8] { try Array(encoder.encode(event)) + [10] }
}
