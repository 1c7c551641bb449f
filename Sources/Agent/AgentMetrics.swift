internal import Foundation
internal import JourneymanSupport

/// The agent's figures in the text format of Prometheus (exposition format 0.0.4), for the textfile collector of its node
/// exporter.
enum AgentMetrics {
  /// The text.
  static func text(_ status: AgentStatus, residentBytes: Int64) -> String {
    var text = ""
    func add(_ name: String, _ type: String, _ help: String, _ values: [(labels: String, value: String)]) {
      text += "# HELP journeyman_\(name) \(help)\n# TYPE journeyman_\(name) \(type)\n"
      for value in values { text += "journeyman_\(name)\(value.labels) \(value.value)\n" }
    }
    func one(_ value: some CustomStringConvertible) -> [(labels: String, value: String)] { [("", "\(value)")] }
    func each(_ value: (AgentStatus.Connection) -> Int) -> [(labels: String, value: String)] {
      status.controllers.map { ("{controller=\"\(escaped($0.name))\"}", "\(value($0))") }
    }
    add("agent_info", "gauge", "The agent's version.", [("{version=\"\(escaped(status.version))\"}", "1")])
    add("agent_start_time_seconds", "gauge", "When the agent began, since 1970.", one(status.startedAt))
    add("agent_draining", "gauge", "Whether the agent takes no more work.", one(status.isDraining ? 1 : 0))
    add("executors", "gauge", "How many builds may run at once.", one(status.executors))
    add("builds_running", "gauge", "Builds that have an executor.", one(status.builds.count))
    add("builds_waiting", "gauge", "Builds that wait for an executor.", one(status.waiting))
    add("builds_ended_total", "counter", "Builds that have ended.", one(status.ended))
    add("build_seconds_total", "counter", "Seconds that builds which have ended took.", one(status.buildSeconds))
    add("request_failures_total", "counter", "Requests that could not be carried out.", one(status.failures))
    add("controller_online", "gauge", "Whether the agent is online at a controller.", each { $0.isOnline ? 1 : 0 })
    add("controller_reconnects_total", "counter", "Connections that were lost.", each(\.reconnects))
    add("resident_memory_bytes", "gauge", "Resident memory of the agent.", one(residentBytes))
    return text
  }

  /// Resident memory of this process, in bytes.
  static func residentBytes() -> Int64 {
    let words = (try? FileSystem.read("/proc/self/statm", limit: 4096)).map {
      String(decoding: $0, as: UTF8.self).split(separator: " ")
    }
    guard let words, words.count > 1, let pages = Int64(words[1]) else { return 0 }
    return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
  }

  private static func escaped(_ label: String) -> String {
    label.reduce(into: "") { text, character in
      switch character {
      case "\\", "\"": text += "\\\(character)"
      case "\n": text += "\\n"
      default: text.append(character)
      }
    }
  }
}
