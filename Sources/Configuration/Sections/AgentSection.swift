import JourneymanSupport

/// The keys of `[agent]`.
enum AgentSection {
  static let keys: [KnownKey<AgentSettings>] = [
    KnownKey("name") { $0.name = try $1.string() },
    KnownKey("workdir") { $0.workdir = try $1.path() },
    KnownKey("executors") { $0.executors = Int(try $1.integer(in: 1...1024)) },
    KnownKey("labels") { $0.labels += try $1.words() },
    KnownKey("timeout") { $0.timeoutSeconds = try $1.seconds() },
    KnownKey("phaseTimeout") { $0.phaseTimeoutSeconds = try $1.seconds() },
    KnownKey("commandTimeout") { $0.commandTimeoutSeconds = try $1.seconds() },
    KnownKey("grace") { $0.graceSeconds = try $1.seconds() },
    KnownKey("logLimit") { $0.logLimit = try $1.integer(in: 4096 ... .max) },
    KnownKey("keepFor") { $0.keepSeconds = try $1.seconds() },
    KnownKey("keepSize") { $0.keepSize = try $1.integer(in: 0 ... .max) },
    KnownKey("healthFile") { $0.healthFile = try $1.path() },
    KnownKey("metricsFile") { $0.metricsFile = try $1.path() },
  ]
}
