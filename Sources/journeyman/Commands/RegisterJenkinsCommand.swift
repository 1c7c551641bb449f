import Foundation
import JourneymanAgent
import JourneymanCommandLine
import JourneymanConfiguration
import JourneymanJenkins
import JourneymanJenkinsModel
import JourneymanJenkinsWork
import JourneymanSupport

/// `journeyman agent register jenkins`
enum RegisterJenkinsCommand {
  private static let url = Declare.requiredOption(
    "url", "URL", help: "The controller's URL, with its path prefix if it has one.")
  private static let node = Declare.requiredOption("name", "NODE", help: "The node's name in Jenkins.")
  private static let secretFile = Declare.option(
    "secret-file", "FILE", help: "A file with the node's secret, of which a copy is kept.")
  private static let secretVariable = Declare.option(
    "secret-env", "NAME", help: "The environment variable with the node's secret.")
  private static let user = Declare.option(
    "user", "USER", help: "A user of Jenkins who may make and change agents; needs --token-file.")
  private static let tokenFile = Declare.option(
    "token-file", "FILE", help: "A file with the user's API token, of which a copy is kept.")
  private static let labels = Declare.repeatedOption(
    "label", "LABEL", help: "A label of the node, which may have spaces; needs --user.")
  private static let executors = Declare.option(
    "executors", "NUMBER", as: Int.self, help: "How many builds the node runs at once; needs --user.")
  private static let workdir = Declare.option(
    "workdir", "DIR", help: "The node's remote root directory, as Jenkins has it.")
  private static let authorities = Declare.option(
    "ca-file", "FILE", help: "Certificate authorities for HTTPS, in PEM.")

  static let definition = CommandDefinition(
    "jenkins", summary: "Register with a Jenkins controller as an inbound agent.",
    discussion: """
      With --user and --token-file the node is made in Jenkins, or the one of that name is given the labels, executors \
      and directory named here; its secret is fetched. The user needs the permissions Agent/Create, Agent/Configure and \
      Agent/Connect, and Agent/Disconnect for 'agent drain'.

      Without, make a permanent agent with the launch method 'Launch agent by connecting it to the controller' in \
      Jenkins; its page then shows the secret.

      The connection is tried once; when it works, agent.conf gets a section for the controller, and secret and token \
      are kept beside it in files that you alone can read.
      """,
    arguments: [
      url, node, secretFile, secretVariable, user, tokenFile, labels, executors, workdir, authorities,
      AgentCommand.configuration,
    ],
    examples: [
      .init(
        "journeyman agent register jenkins --url U --name N --secret-file F",
        "Register the node N of the controller at the URL U."),
      .init(
        "journeyman agent register jenkins --url U --name N --user me --token-file F",
        "Make the node N there, and register it."),
    ]
  ) { arguments in
    let path =
      try ConfigurationFile.locate(explicit: arguments[AgentCommand.configuration])
      ?? StandardPaths.configurationDirectory() + "/agent.conf"
    let directory = FileManager.default.currentDirectoryPath
    let name = try name(arguments[node])
    var settings = ControllerSettings(name: name, kind: .jenkins, url: try arguments[url])
    settings.node = name
    settings.workdir = try arguments[workdir].map { StandardPaths.resolve($0, relativeTo: directory) }
    settings.caFile = try arguments[authorities].map { StandardPaths.resolve($0, relativeTo: directory) }
    settings.executors = try arguments[executors]
    let account = try account(arguments[user], arguments[tokenFile])
    let given = try arguments[labels]
    if account == nil && (!given.isEmpty || settings.executors != nil) {
      let option = given.isEmpty ? "--executors" : "--label"
      throw CommandLineError(
        .conflict, "\(option) changes the node in Jenkins, which needs --user and --token-file; else set it there")
    }
    if let number = settings.executors, !(1...1024).contains(number) {
      throw CommandLineError(.invalidValue, "--executors '\(number)' is not a number from 1 to 1024")
    }
    var wanted = NodeDescription(executors: settings.executors, directory: settings.workdir)
    if !given.isEmpty { wanted.labels = try given.map(label) }
    let secret = try secret(try arguments[secretFile], try arguments[secretVariable], isNeeded: account == nil)

    let isThere = access(path, F_OK) == 0
    let existing = isThere ? try ConfigurationFile.read(path) : Settings()
    let present = existing.controllers.first { $0.name == name }
    // A slash at the end is no difference.
    if let present, present.url + "/" == settings.url || present.url == settings.url + "/" {
      settings.url = present.url
    }
    if let present, account == nil || present.url != settings.url || (present.node ?? name) != name {
      throw CommandFailure(.usage, "\(path) has a section [controller \"\(name)\"] already; remove it first")
    }
    var files = KeptFiles(beside: path, node: name)
    var done: String?
    do {
      if let account {
        let base = existing.agent.workdir ?? StandardPaths.stateDirectory()
        let node = try await JenkinsRegistration.establish(
          settings, user: account.user, token: account.token, wanted: wanted,
          newDirectory: present?.workdir ?? "\(base)/\(name)"
        ) { bytes in
          let document = try NodeDocument(bytes)
          return (try document.changed(to: wanted), document.directory)
        }
        switch node.change {
        case .created: done = "the node '\(name)' was made in Jenkins and stands there"
        case .updated: done = "the node '\(name)' was changed in Jenkins and stays so"
        case .none: break
        }
        settings.workdir = node.directory.flatMap { $0.hasPrefix("/") ? $0 : nil }
        settings.user = account.user
        settings.tokenFile = try files.keep(account.token, as: "token")
        settings.secretFile = try files.keep(try await secret.orElse { try await node.secret() }, as: "secret")
      } else if let secret {
        settings.secretFile = try files.keep(secret, as: "secret")
      }
      // A node that is connected takes no second agent; that one shows that it works.
      let isConnected = present == nil ? false : await isOnline(name, existing)
      if !isConnected { try await JenkinsRegistration.check(settings) }
      if let section = JenkinsRegistration.section(settings, beside: present) {
        try append(isThere ? section : agentSection(settings) + section, to: path)
      }
    } catch {
      files.giveBack()
      guard let done else { throw error }
      throw CommandFailure(.infrastructure, "\(error); \(done), but agent.conf has nothing of it")
    }
    report(settings, path, existing, isNew: present == nil)
    return .success
  }

  // MARK: What was given

  private static func name(_ text: String) throws -> String {
    if let problem = JenkinsRegistration.problem(ofName: text) {
      throw CommandLineError(.invalidValue, "--name '\(text)' \(problem)")
    }
    return text
  }

  private static func label(_ text: String) throws -> String {
    let label = text.trimmingCharacters(in: .whitespaces)
    guard !label.isEmpty, label.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
      throw CommandLineError(.invalidValue, "--label '\(text)' is not a label")
    }
    return label
  }

  private static func account(_ user: String?, _ file: String?) throws -> (user: String, token: Secret)? {
    switch (user, file) {
    case (nil, nil): return nil
    case (let user?, let file?):
      if user.isEmpty || user.contains(":") {
        throw CommandLineError(.invalidValue, "--user '\(user)' is not the id of a Jenkins user")
      }
      return (user, try secret(in: file, called: "token"))
    default: throw CommandLineError(.conflict, "--user and --token-file go together")
    }
  }

  private static func secret(_ file: String?, _ variable: String?, isNeeded: Bool) throws -> Secret? {
    switch (file, variable) {
    case (let file?, nil): return try secret(in: file, called: "node's secret")
    case (nil, let variable?):
      guard let value = StandardPaths.processEnvironment[variable] else {
        throw CommandFailure(.usage, "the environment variable \(variable) is not set")
      }
      return try checked(value, "node's secret")
    case (nil, nil) where !isNeeded: return nil
    default:
      throw CommandFailure(
        .usage, "give the node's secret by --secret-file or by --secret-env, or a user by --user and --token-file")
    }
  }

  private static func secret(in file: String, called name: String) throws -> Secret {
    try checked(String(decoding: try FileSystem.read(file, limit: 4096), as: UTF8.self), name)
  }

  private static func checked(_ text: String, _ name: String) throws -> Secret {
    let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
    if secret.isEmpty || secret.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
      throw CommandFailure(.usage, "the \(name) is empty, or more than one line")
    }
    return Secret(secret)
  }

  // MARK: What is written

  /// Copies of secrets beside agent.conf.
  private struct KeptFiles {
    private let prefix: String
    /// What stood there before.
    private var before: [(path: String, content: [UInt8]?)] = []

    init(beside path: String, node: String) { prefix = PathName.directory(of: path) + "/jenkins-\(node)." }

    mutating func keep(_ secret: Secret, as kind: String) throws -> String {
      let path = prefix + kind
      try FileSystem.makeDirectories(PathName.directory(of: path))
      before.append((path, try? FileSystem.read(path, limit: 4096)))
      try FileSystem.writeAtomically(Array((secret.reveal() + "\n").utf8), to: path, mode: 0o600)
      return path
    }

    func giveBack() {
      for (path, content) in before {
        if let content {
          try? FileSystem.writeAtomically(content, to: path, mode: 0o600)
        } else {
          unlink(path)
        }
      }
    }
  }

  private static func isOnline(_ name: String, _ settings: Settings) async -> Bool {
    let status = try? await AgentControl(settings).ask(.status).status
    return status?.controllers.contains { $0.name == name && $0.isOnline } ?? false
  }

  /// A new agent.conf lets the machine run as many builds as the node was given.
  private static func agentSection(_ settings: ControllerSettings) -> String {
    settings.executors.map { $0 > 1 ? "[agent]\n  executors = \($0)\n\n" : "" } ?? ""
  }

  private static func append(_ section: String, to path: String) throws {
    var status = stat()
    let exists = stat(path, &status) == 0
    var text = exists ? try FileSystem.read(path, limit: 4 << 20) : []
    if let last = text.last, last != UInt8(ascii: "\n") { text.append(UInt8(ascii: "\n")) }
    if !text.isEmpty { text.append(UInt8(ascii: "\n")) }
    try FileSystem.writeAtomically(text + Array(section.utf8), to: path, mode: exists ? status.st_mode & 0o777 : 0o644)
  }

  private static func report(_ settings: ControllerSettings, _ path: String, _ existing: Settings, isNew: Bool) {
    var lines = [
      isNew
        ? "registered as '\(settings.name)' in \(path); start the agent by: journeyman agent start"
        : "'\(settings.name)' is registered in \(path); a running agent takes changes over by: journeyman agent reload"
    ]
    if let number = settings.executors, existing.file != nil, existing.agent.executors < number {
      lines.append(
        "this machine runs \(existing.agent.executors) at once; for \(number) set executors in [agent] of \(path)")
    }
    FileHandle.standardOutput.write(Data((lines.joined(separator: "\n") + "\n").utf8))
  }
}

extension Secret? {
  /// The secret that was given, else the one that is fetched.
  fileprivate func orElse(_ fetch: () async throws -> Secret) async throws -> Secret {
    if let self { self } else { try await fetch() }
  }
}
