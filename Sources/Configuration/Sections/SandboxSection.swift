import JourneymanSupport

/// The keys of `[sandbox]`.
enum SandboxSection {
  static let keys: [KnownKey<SandboxSettings>] = [
    KnownKey("mode") { $0.mode = try $1.choice(of: SandboxSettings.Mode.self) },
    KnownKey("system") { $0.system = try $1.choice(of: SandboxSettings.System.self) },
    KnownKey("network") { $0.network = try $1.boolean() },
    KnownKey("home") { $0.home = try $1.choice(of: SandboxSettings.Home.self) },
    KnownKey("memory") { $0.memory = try $1.integer(in: 1 << 20 ... .max) },
    KnownKey("processes") { $0.processes = try $1.integer(in: 8...4_194_304) },
    KnownKey("cpu") { $0.cpu = try $1.decimal() },
    KnownKey("fileSize") { $0.fileSize = try $1.integer(in: 4096 ... .max) },
    KnownKey("openFiles") { $0.openFiles = try $1.integer(in: 16...1_048_576) },
    KnownKey("disk") { $0.disk = try $1.integer(in: 1 << 20 ... .max) },
    KnownKey("output") { $0.output = try $1.integer(in: 4096 ... .max) },
    KnownKey("readOnly") { $0.readOnly.append(try $1.path()) },
    KnownKey("writable") { $0.writable.append(try $1.path()) },
    KnownKey("hidden") { $0.hidden.append(try $1.path()) },
  ]
}
