import Foundation
import JourneymanSupport

/// A snapshot of the processes this process can see, read from `/proc`.
struct ProcessTable {
  struct Entry: Hashable {
    var processID: Int32
    var parent: Int32
    var session: Int32
    var isZombie: Bool
  }

  let entries: [Entry]

  /// Reads the table. Processes that end meanwhile are left out.
  init() {
    var found: [Entry] = []
    if let directory = opendir("/proc") {
      defer { closedir(directory) }
      while let item = readdir(directory) {
        let name = withUnsafePointer(to: &item.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { Int32(String(cString: $0)) }
        }
        if let name, let entry = Self.entry(of: name) { found.append(entry) }
      }
    }
    entries = found
  }

  /// The processes below `root`, nearest first, without `root`.
  func descendants(of root: Int32) -> [Entry] {
    let children = Dictionary(grouping: entries, by: \.parent)
    var result = children[root] ?? []
    var next = 0
    while next < result.count {
      result += children[result[next].processID] ?? []
      next += 1
    }
    return result
  }

  /// When a process started, in clock ticks since the machine did: field 22 of `/proc/PID/stat`.
  static func startTime(of processID: Int32) -> UInt64? {
    fields(of: processID).flatMap { $0.count > 19 ? UInt64($0[19]) : nil }
  }

  /// Seconds since a process started, by its ``startTime(of:)``.
  static func age(startTime: UInt64) -> Double {
    var now = timespec()
    clock_gettime(CLOCK_BOOTTIME, &now)
    let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    return max(0, Double(now.tv_sec) + Double(now.tv_nsec) / 1e9 - Double(startTime) / ticks)
  }

  /// One process, if it is there.
  static func entry(of processID: Int32) -> Entry? {
    guard let fields = fields(of: processID), fields.count > 3, let parent = Int32(fields[1]),
      let session = Int32(fields[3])
    else { return nil }
    return Entry(
      processID: processID, parent: parent, session: session, isZombie: fields[0] == "Z" || fields[0] == "X")
  }

  /// Reads `/proc/PID/stat`, whose second field, the program's name in parentheses, may contain anything: the fields
  /// after it are found from the last parenthesis. See proc(5).
  private static func fields(of processID: Int32) -> [Substring]? {
    guard let bytes = try? FileSystem.read("/proc/\(processID)/stat", limit: 4096),
      let end = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    return String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
  }
}
