internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanSupport

/// The columns of Jenkins' page of nodes: architecture, clock, disk, memory, response time.
enum NodeMonitors {
  private static let clockDifference = JavaLayout(
    "hudson.model.Slave$GetClockDifference3", -6_655_128_034_486_338_777,
    [JavaField("remoteTime", "J"), JavaField("startTime", "J")])
  private static let diskSpace = JavaLayout(
    "hudson.node_monitors.DiskSpaceMonitorDescriptor$DiskSpace", 2,
    [
      JavaField("size", "J"), JavaField("threshold", "J"), JavaField("totalSize", "J"),
      JavaField("warningThreshold", "J"), JavaField("path", "Ljava/lang/String;"),
      JavaField("trigger", "Ljava/lang/Class;"),
    ])
  private static let memoryUsage = JavaLayout(
    "hudson.node_monitors.SwapSpaceMonitor$MemoryUsage2", 2_216_994_637_932_270_352,
    extends: JavaLayout(
      "org.jvnet.hudson.MemoryUsage", 1,
      [
        JavaField("availablePhysicalMemory", "J"), JavaField("availableSwapSpace", "J"),
        JavaField("totalPhysicalMemory", "J"), JavaField("totalSwapSpace", "J"),
      ]))
  private static let responseData = JavaLayout(
    "hudson.node_monitors.ResponseTimeMonitor$Data", 1, [JavaField("past5", "[J")])
  private static let responseStep = JavaLayout(
    "hudson.node_monitors.ResponseTimeMonitor$Step3", 1,
    [JavaField("start", "J"), JavaField("cur", "Lhudson/node_monitors/ResponseTimeMonitor$Data;")])
  private static let longs = JavaLayout("[J", 8_655_923_659_555_304_851)

  /// - Parameter temporary: the directory for temporary files.
  static func add(to table: inout CallableTable, temporary: String) {
    table["hudson.node_monitors.ArchitectureMonitor$GetArchTask"] = { _, _ in .string(try architecture()) }
    table["hudson.model.Slave$GetClockDifference2"] = { request, _ in
      let now = Int64((Date().timeIntervalSince1970 * 1000).rounded())
      return .object(
        clockDifference, ["remoteTime": .long(now), "startTime": .long(request["startTime"].integer ?? 0)])
    }
    table["hudson.node_monitors.SwapSpaceMonitor$MonitorTask"] = { _, _ in
      try await runBlocking { try memory() }
    }
    table["hudson.node_monitors.ResponseTimeMonitor$Step2"] = { request, _ in
      .object(
        responseStep, ["start": .long(request["start"].integer ?? 0), "cur": responses(request["cur"])])
    }
    table[file: "hudson.node_monitors.DiskSpaceMonitorDescriptor$GetUsableSpace"] = { _, path, _ in
      try await runBlocking { try space(of: path) }
    }
    table[file: "hudson.node_monitors.TemporarySpaceMonitor$GetTempSpace"] = { _, _, _ in
      try await runBlocking { try space(of: temporary) }
    }
  }

  /// The operating system and Java's name of the processor.
  private static func architecture() throws -> String {
    var names = utsname()
    guard uname(&names) == 0 else { throw SystemError("ask for the machine's name") }
    let machine = withUnsafeBytes(of: names.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return "Linux (\(machine == "x86_64" ? "amd64" : machine))"
  }

  /// The bytes free for this user, and all of them, of the file system that holds a path.
  private static func space(of path: String) throws -> JavaOutput {
    var figures = statvfs()
    guard statvfs(path, &figures) == 0 else { throw SystemError("look at the space of \(path)") }
    return .object(
      diskSpace,
      [
        "size": .long(Int64(clamping: UInt64(figures.f_bavail) * UInt64(figures.f_frsize))),
        "totalSize": .long(Int64(clamping: UInt64(figures.f_blocks) * UInt64(figures.f_frsize))),
        "path": .string(path),
      ])
  }

  private static func memory() throws -> JavaOutput {
    var figures: [Substring: Int64] = [:]
    for line in String(decoding: try FileSystem.read("/proc/meminfo", limit: 1 << 20), as: UTF8.self).split(
      separator: "\n")
    {
      let words = line.split(separator: " ")
      if words.count >= 2, let kibibytes = Int64(words[1]) { figures[words[0].dropLast()] = kibibytes << 10 }
    }
    return .object(
      memoryUsage,
      [
        "availablePhysicalMemory": .long(figures["MemAvailable"] ?? -1),
        "availableSwapSpace": .long(figures["SwapFree"] ?? -1),
        "totalPhysicalMemory": .long(figures["MemTotal"] ?? -1),
        "totalSwapSpace": .long(figures["SwapTotal"] ?? -1),
      ])
  }

  private static func responses(_ data: JavaValue) -> JavaOutput {
    guard let past = data.object?["past5"].list else { return .null }
    return .object(responseData, ["past5": .array(longs, past.compactMap { $0.integer }.map { .long($0) })])
  }
}
