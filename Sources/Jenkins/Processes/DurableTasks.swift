internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanSupport

/// What the durable-task plugin asks for a pipeline's `sh`: it watches files that the script's wrapper writes.
enum DurableTasks {
  private static let controller = "org.jenkinsci.plugins.durabletask.FileMonitoringTask$FileMonitoringController$"
  private static let agentInfo = JavaLayout(
    "org.jenkinsci.plugins.durabletask.AgentInfo", 7_599_995_179_651_071_957,
    [
      JavaField("binaryCached", "Z"), JavaField("binaryCompatible", "Z"), JavaField("cachingAvailable", "Z"),
      JavaField("architecture", "Ljava/lang/String;"), JavaField("binaryPath", "Ljava/lang/String;"),
      JavaField("os", "Lorg/jenkinsci/plugins/durabletask/AgentInfo$OsType;"),
    ])
  private static let system = JavaLayout(enumeration: "org.jenkinsci.plugins.durabletask.AgentInfo$OsType")

  /// The longest output that `returnStdout` gives, and the longest result file.
  private static let longestOutput = 64 << 20
  private static let longestResult = 64

  static func add(to table: inout CallableTable, _ files: NodeFiles) {
    // The plugin's own binary is not used: the script's wrapper is a shell's.
    table[file: "org.jenkinsci.plugins.durabletask.AgentInfo$GetAgentInfo"] = { _, path, _ in
      .object(
        agentInfo,
        [
          "architecture": .string("64"), "binaryPath": .string(path + "/caches/durable-task"),
          "os": .enumeration(system, "LINUX"),
        ])
    }
    table[controller + "TranscodingCharsetForSystemDefault"] = { _, _ in .null }
    table[file: controller + "WriteLog"] = { task, path, call in
      guard let sink = StreamReferences.output(task["sink"]), let start = task["lastLocation"].integer, start >= 0
      else {
        throw JenkinsError(.protocolBroken, "the controller reads a log into nothing")
      }
      if try await runBlocking({ try files.status(path) }) != nil {
        try await FileCallables.send(path, from: start, to: sink, files, call)
      }
      return .null
    }
    table[file: controller + "StatusCheck"] = { _, path, _ in
      let text = try await runBlocking { try content(path, limit: longestResult, files) }
      let status = text.flatMap {
        Int32(String(decoding: $0, as: UTF8.self).trimmed)
      }
      return status.map { .integerObject($0) } ?? .null
    }
    table[file: controller + "GetOutput"] = { task, path, _ in
      let bytes = try await runBlocking { try content(path, limit: longestOutput, files) } ?? []
      guard let charset = task["charset"].string, charset != "SYSTEM_DEFAULT" else { return .bytes(bytes) }
      return .bytes(try TextEncoding.decode(bytes, charset).map { Array($0.utf8) } ?? bytes)
    }
  }

  /// - Returns: `nil` when there is no such file.
  private static func content(_ path: String, limit: Int, _ files: NodeFiles) throws -> [UInt8]? {
    guard try files.status(path) != nil else { return nil }
    let file = try files.open(path, flags: O_RDONLY | O_NONBLOCK)
    return try FileSystem.readAll(file.number, limit: limit, name: path)
  }
}
