import Foundation
import JourneymanSupport

/// Turns the variables of a file into ``Settings`` and collects everything that is wrong on the way.
struct SettingsAssembler {
  private let file: String
  private let directory: String
  private let lines: LineIndex
  private var problems: [ConfigurationError.Problem] = []
  private var occurrences: [ConfigurationEntry.Variable: Int] = [:]

  private var settings = Settings()
  private var stores = NamedSections<ArtifactStoreSettings>()
  private var grants = NamedSections<PluginSettings.Grant>()
  private var secrets = NamedSections<SecretSettings>()
  private var credentials = NamedSections<CredentialSettings>()
  private var controllers = NamedSections<ControllerSettings>()

  init(file: String, lines: LineIndex) {
    self.file = file
    self.lines = lines
    directory = PathName.directory(of: file)
    settings.file = file
  }

  /// Takes all variables, and looks at the headings too: libgit2 says nothing of a section without variables.
  mutating func take(_ entries: [ConfigurationEntry]) {
    let sectionsWithEntries = Set(entries.map { [$0.section, $0.subsection] })
    for heading in lines.headings where !sectionsWithEntries.contains([heading.section, heading.subsection]) {
      takeEmptySection(heading)
    }
    for entry in entries {
      let occurrence = occurrences[entry.variable, default: 0]
      occurrences[entry.variable] = occurrence + 1
      take(entry, at: lines.place(of: entry.variable, occurrence: occurrence))
    }
  }

  private mutating func take(_ entry: ConfigurationEntry, at place: LineIndex.Place?) {
    var mistake: String?
    let base = place.map { PathName.directory(of: $0.file) } ?? directory
    switch (entry.section, entry.subsection) {
    case ("agent", nil): mistake = entry.apply(AgentSection.keys, to: &settings.agent, base)
    case ("sandbox", nil): mistake = entry.apply(SandboxSection.keys, to: &settings.sandbox, base)
    case ("checkout", nil): mistake = entry.apply(CheckoutSection.keys, to: &settings.checkout, base)
    case ("signing", nil): mistake = entry.apply(SigningSection.keys, to: &settings.signing, base)
    case ("plugins", nil): mistake = entry.apply(PluginsSection.keys, to: &settings.plugins, base)
    // libgit2 has followed the include already; only the spelling is checked.
    case ("include", nil): if entry.key != "path" { mistake = "unknown key '\(entry.key)' in [include]" }
    case ("artifacts", let name?):
      var section = stores[name] ?? ArtifactStoreSettings(name: name, store: "")
      mistake = entry.apply(ArtifactsSection.keys, to: &section, base)
      stores[name] = section
    case ("plugin", let name?):
      var section = grants[name] ?? PluginSettings.Grant(name: name)
      mistake = entry.apply(PluginSection.keys, to: &section, base)
      grants[name] = section
    case ("secret", let name?):
      var section = secrets[name] ?? SecretSettings(name: name, source: .file(""))
      mistake = entry.apply(SecretSection.keys, to: &section, base)
      secrets[name] = section
    case ("credential", let name?):
      var section = credentials[name] ?? CredentialSettings(server: name, secret: "")
      mistake = entry.apply(CredentialSection.keys, to: &section, base)
      credentials[name] = section
    case ("controller", let name?):
      var section = controllers[name] ?? ControllerSettings(name: name, kind: .jenkins, url: "")
      mistake = entry.apply(ControllerSection.keys, to: &section, base)
      controllers[name] = section
    default: reportUnknownSection(entry.section, entry.subsection, at: place)
    }
    if let mistake { report(mistake, at: place) }
  }

  private mutating func takeEmptySection(_ heading: ConfigurationEntry.Variable) {
    switch (heading.section, heading.subsection) {
    case ("artifacts", let name?): stores[name] = ArtifactStoreSettings(name: name, store: "")
    case ("plugin", let name?): grants[name] = PluginSettings.Grant(name: name)
    case ("secret", let name?): secrets[name] = SecretSettings(name: name, source: .file(""))
    case ("credential", let name?): credentials[name] = CredentialSettings(server: name, secret: "")
    case ("controller", let name?): controllers[name] = ControllerSettings(name: name, kind: .jenkins, url: "")
    default:
      if !(heading.subsection == nil && KnownSections.keys[heading.section] != nil) {
        reportUnknownSection(heading.section, heading.subsection, at: nil)
      }
    }
  }

  private mutating func reportUnknownSection(_ section: String, _ name: String?, at place: LineIndex.Place?) {
    let heading = lines.heading(of: section, name) ?? place
    let shown = ConfigurationNames.heading(section, name)
    let known = KnownSections.keys.keys.sorted()
    if known.contains(section) {
      report("\(shown): this section takes no name; write [\(section)]", at: heading)
    } else if known.contains(section + ".*") {
      report("\(shown): this section needs a name; write [\(section) \"NAME\"]", at: heading)
    } else {
      let words = known.map { $0.replacing(".*", with: "") }
      report("unknown section \(shown)\(ConfigurationNames.didYouMean(section, words))", at: heading)
    }
  }

  /// Checks what belongs together and hands the settings out.
  mutating func finish() throws(ConfigurationError) -> Settings {
    require(ArtifactsSection.keys, of: "artifacts", stores.names)
    require(CredentialSection.keys, of: "credential", credentials.names)
    require(ControllerSection.keys, of: "controller", controllers.names)
    for name in credentials.names {
      guard let mistake = CredentialSection.mistake(in: name) else { continue }
      let shown = URLLogin.removed(from: name)
      report("[credential \"\(shown)\"]: \(mistake)", at: lines.heading(of: "credential", name))
    }
    for name in secrets.names {
      let given = SecretSection.keys.filter {
        occurrences[.init(section: "secret", subsection: name, key: $0.name)] != nil
      }
      if given.isEmpty {
        report("[secret \"\(name)\"] needs one of file, env and command", at: lines.heading(of: "secret", name))
      } else if given.count > 1 {
        let words = given.map(\.name).joined(separator: " and ")
        report("[secret \"\(name)\"] has \(words); only one can be the source", at: lines.heading(of: "secret", name))
      }
    }
    settings.artifactStores = stores.values
    settings.plugins.grants = grants.values
    settings.secrets = secrets.values
    settings.credentials = credentials.values
    settings.controllers = controllers.values
    checkReferences()
    if problems.isEmpty { return settings }
    let order = Dictionary(lines.files.enumerated().map { ($1, $0) }, uniquingKeysWith: min)
    let sorted = Array(Set(problems)).sorted {
      (order[$0.file] ?? 0, $0.line ?? 0, $0.message) < (order[$1.file] ?? 0, $1.line ?? 0, $1.message)
    }
    throw ConfigurationError(.invalid, sorted)
  }

  private mutating func require<Target>(_ keys: [KnownKey<Target>], of section: String, _ names: [String]) {
    for name in names {
      for key in keys where key.isRequired {
        let variable = ConfigurationEntry.Variable(section: section, subsection: name, key: key.name.lowercased())
        if occurrences[variable] == nil {
          report("[\(section) \"\(name)\"] needs the key '\(key.name)'", at: lines.heading(of: section, name))
        }
      }
    }
  }

  /// Names of secrets must lead to a `[secret]` entry: a slip would otherwise show in the middle of a build.
  private mutating func checkReferences() {
    let known = secrets.names
    func reference(_ name: String?, _ section: String, _ subsection: String?, _ key: String) {
      guard let name, !known.contains(name) else { return }
      let variable = ConfigurationEntry.Variable(section: section, subsection: subsection, key: key.lowercased())
      report(
        "\(key): there is no [secret \"\(name)\"]\(ConfigurationNames.didYouMean(name, known))",
        at: lines.place(of: variable, occurrence: 0))
    }
    reference(settings.checkout.sshKeyPassphrase, "checkout", nil, "sshKeyPassphrase")
    for login in credentials.values where !login.secret.isEmpty {
      reference(login.secret, "credential", login.server, "secret")
    }
    for store in stores.values { reference(store.secret, "artifacts", store.name, "secret") }
    for grant in grants.values {
      for name in grant.secrets { reference(name, "plugin", grant.name, "secret") }
    }
  }

  private mutating func report(_ message: String, at place: LineIndex.Place?) {
    problems.append(.init(file: place?.file ?? file, line: place?.line, message))
  }
}
