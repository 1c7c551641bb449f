/// Log lines about files that are left out, bounded: a build can make any number of them.
final class SkipLog {
  private let limit: Int
  private let log: (String) -> Void
  private var count = 0

  init(limit: Int, log: @escaping (String) -> Void) {
    self.limit = limit
    self.log = log
  }

  /// Names a file and why it is left out.
  func skip(_ path: [UInt8], _ reason: String) {
    count += 1
    if count <= limit { log("Skipping \(String(decoding: path, as: UTF8.self)): \(reason)") }
  }

  /// Says how many more there were than were named.
  func finish() {
    if count > limit { log("Skipped \(count - limit) more") }
    count = 0
  }
}
