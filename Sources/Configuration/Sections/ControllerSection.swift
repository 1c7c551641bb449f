import JourneymanSupport

/// The keys of `[controller "NAME"]`.
enum ControllerSection {
  static let keys: [KnownKey<ControllerSettings>] = [
    KnownKey("type", isRequired: true) { $0.kind = try $1.choice(of: ControllerSettings.Kind.self) },
    KnownKey("url", isRequired: true) { $0.url = try $1.webURL() },
    KnownKey("node") { $0.node = try $1.string() },
    KnownKey("secretFile") { $0.secretFile = try $1.path() },
    KnownKey("user") { $0.user = try $1.string() },
    KnownKey("tokenFile") { $0.tokenFile = try $1.path() },
    KnownKey("caFile") { $0.caFile = try $1.path() },
    KnownKey("clientCertificate") { $0.clientCertificate = try $1.path() },
    KnownKey("clientKey") { $0.clientKey = try $1.path() },
    KnownKey("proxy") { $0.proxy = try $1.string() },
    KnownKey("workdir") { $0.workdir = try $1.path() },
    KnownKey("executors") { $0.executors = Int(try $1.integer(in: 1...1024)) },
    KnownKey("keepFor") { $0.keepSeconds = try $1.seconds() },
    KnownKey("keepSize") { $0.keepSize = try $1.integer(in: 0 ... .max) },
    KnownKey("path") { $0.paths.append(try $1.path()) },
    KnownKey("allow") { $0.allow += try allowed($1) },
  ]

  private static func allowed(_ value: ConfigurationValue) throws(ConfigurationValue.Mismatch) -> [String] {
    let words = try value.words()
    if let wrong = words.first(where: { !ControllerAllowance.isWord($0) }) {
      throw ConfigurationValue.Mismatch(
        message: "'\(wrong)' is not secret:NAME, store:NAME, plugin:NAME or \(ControllerAllowance.signing)")
    }
    return words
  }
}
