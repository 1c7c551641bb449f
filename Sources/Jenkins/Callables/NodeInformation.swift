internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanSupport

/// The pages of Jenkins about a node: system information, threads, statistics.
enum NodeInformation {
  /// Variables whose values anybody who may see the page may see; any other could be a secret.
  private static let shown: Set<String> = [
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "PWD", "HOSTNAME", "TMPDIR",
    "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "SHLVL",
  ]

  static func add(to table: inout CallableTable, environment: [String: String]) {
    table["hudson.util.RemotingDiagnostics$GetSystemProperties"] = { _, _ in .treeMap(properties()) }
    table["hudson.util.RemotingDiagnostics$GetThreadDump"] = { _, _ in
      .treeMap(try await runBlocking { try threads() })
    }
    table["hudson.slaves.SlaveComputer$ListFullEnvironment"] = { _, _ in .treeMap(filtered(environment)) }
    table["hudson.slaves.SlaveComputer$LoadingTime"] = { _, _ in .longObject(0) }
    for name in ["LoadingCount", "LoadingPrefetchCacheCount"] {
      table["hudson.slaves.SlaveComputer$" + name] = { _, _ in .integerObject(0) }
    }
    table["hudson.model.Computer$DumpExportTableTask"] = { _, call in .string(call.channel.exportTable) }
  }

  /// The environment for a page: values that may be secrets are starred.
  static func filtered(_ environment: [String: String]) -> [String: String] {
    var result: [String: String] = [:]
    for (name, value) in environment {
      result[name] = shown.contains(name) || name.hasPrefix("LC_") ? URLLogin.removed(from: value) : "********"
    }
    return result
  }

  /// What stands for Java's system properties.
  private static func properties() -> [String: String] {
    var names = utsname()
    var values = ["os.name": "Linux", "file.encoding": "UTF-8", "file.separator": "/", "path.separator": ":"]
    if uname(&names) == 0 {
      values["os.arch"] = withUnsafeBytes(of: names.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      values["os.version"] = withUnsafeBytes(of: names.release) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
    }
    values["journeyman.version"] = ProgramVersion.current
    values["user.name"] = StandardPaths.userName()
    return values
  }

  /// This process's threads: their names, what the kernel says each does, and the processor time it took.
  private static func threads() throws -> [String: String] {
    let tasks = try FileSystem.open("/proc/self/task", flags: O_RDONLY | O_DIRECTORY)
    var result: [String: String] = [:]
    for entry in try FileSystem.rawEntries(of: tasks.number, shown: "/proc/self/task", limit: 100_000) {
      let id = String(decoding: entry.name, as: UTF8.self)
      guard let bytes = try? FileSystem.read("/proc/self/task/\(id)/stat", limit: 4096) else { continue }
      let text = String(decoding: bytes, as: UTF8.self)
      guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")") else { continue }
      let name = text[text.index(after: open)..<close]
      let fields = text[close...].dropFirst(2).split(separator: " ")
      guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { continue }
      result["\(name) #\(id)"] = "state \(fields[0]), \(user + system) ticks of processor time\n"
    }
    return result
  }
}
