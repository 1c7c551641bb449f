import Foundation
import JourneymanCommandLine
import JourneymanConfiguration
import JourneymanJenkins
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
  private static let workdir = Declare.option(
    "workdir", "DIR", help: "The node's remote root directory, as Jenkins has it.")
  private static let authorities = Declare.option(
    "ca-file", "FILE", help: "Certificate authorities for HTTPS, in PEM.")

  static let definition = CommandDefinition(
    "jenkins", summary: "Register with a Jenkins controller as an inbound agent.",
    discussion: """
      In Jenkins, make a permanent agent with the launch method 'Launch agent by connecting it to the controller'; its \
      page then shows the secret. The connection is tried once; when it works, agent.conf gets a section for the \
      controller, and the secret is kept beside it in a file that you alone can read.
      """,
    arguments: [url, node, secretFile, secretVariable, workdir, authorities, AgentCommand.configuration],
    examples: [
      .init(
        "journeyman agent register jenkins --url U --name N --secret-file F",
        "Register the node N of the controller at the URL U.")
    ]
  ) { arguments in
    let path =
      try ConfigurationFile.locate(explicit: arguments[AgentCommand.configuration])
      ?? StandardPaths.configurationDirectory() + "/agent.conf"
    let node = try arguments[node]
    guard !node.isEmpty, node.utf8.allSatisfy({ $0 > 0x1F && $0 != 0x7F && $0 != UInt8(ascii: "/") }) else {
      throw CommandLineError(.invalidValue, "--name '\(node)' is not a node's name")
    }
    let existing = access(path, F_OK) == 0 ? try ConfigurationFile.read(path) : Settings()
    if existing.controllers.contains(where: { $0.name == node }) {
      throw CommandFailure(.usage, "\(path) has a section [controller \"\(node)\"] already; remove it first")
    }
    let directory = FileManager.default.currentDirectoryPath
    var settings = ControllerSettings(name: node, kind: .jenkins, url: try arguments[url])
    settings.node = node
    settings.workdir = try arguments[workdir].map { StandardPaths.resolve($0, relativeTo: directory) }
    settings.caFile = try arguments[authorities].map { StandardPaths.resolve($0, relativeTo: directory) }
    let secret = try secret(try arguments[secretFile], try arguments[secretVariable])
    let kept = PathName.directory(of: path) + "/jenkins-\(node).secret"
    settings.secretFile = kept
    try FileSystem.makeDirectories(PathName.directory(of: path))
    try FileSystem.writeAtomically(Array((secret.reveal() + "\n").utf8), to: kept, mode: 0o600)
    do {
      try await JenkinsRegistration.check(settings)
      try append(JenkinsRegistration.section(settings), to: path)
    } catch {
      unlink(kept)
      throw error
    }
    FileHandle.standardOutput.write(
      Data("registered as '\(node)' in \(path); start the agent by: journeyman agent start\n".utf8))
    return .success
  }

  private static func secret(_ file: String?, _ variable: String?) throws -> Secret {
    let text: String
    switch (file, variable) {
    case (let file?, nil): text = String(decoding: try FileSystem.read(file, limit: 4096), as: UTF8.self)
    case (nil, let variable?):
      guard let value = StandardPaths.processEnvironment[variable] else {
        throw CommandFailure(.usage, "the environment variable \(variable) is not set")
      }
      text = value
    default: throw CommandFailure(.usage, "give the node's secret by --secret-file or by --secret-env")
    }
    let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
    if secret.isEmpty { throw CommandFailure(.usage, "the node's secret is empty") }
    return Secret(secret)
  }

  private static func append(_ section: String, to path: String) throws {
    var status = stat()
    let exists = stat(path, &status) == 0
    var text = exists ? try FileSystem.read(path, limit: 4 << 20) : []
    if let last = text.last, last != UInt8(ascii: "\n") { text.append(UInt8(ascii: "\n")) }
    if !text.isEmpty { text.append(UInt8(ascii: "\n")) }
    try FileSystem.writeAtomically(text + Array(section.utf8), to: path, mode: exists ? status.st_mode & 0o777 : 0o644)
  }
}
