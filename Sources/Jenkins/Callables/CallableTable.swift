internal import JourneymanJavaStream

/// What the agent can be asked, by the class of the question. No class is ever loaded: a name is looked up here or the
/// request is refused.
struct CallableTable: Sendable {
  /// Answers a callable.
  typealias Handler = @Sendable (JavaObject, Call) async throws -> JavaOutput
  /// Answers a callable about a file: with the path that the controller named.
  typealias FileHandler = @Sendable (JavaObject, String, Call) async throws -> JavaOutput

  /// What is told which workspaces are being used.
  var use: WorkspaceUse?
  private var handlers: [String: Handler] = [:]
  private var fileHandlers: [String: FileHandler] = [:]

  /// The handler of a class.
  subscript(name: String) -> Handler? {
    get { handlers[name] }
    set { handlers[name] = newValue }
  }

  /// The handler of a class of file callables.
  subscript(file name: String) -> FileHandler? {
    get { fileHandlers[name] }
    set { fileHandlers[name] = newValue }
  }

  /// Answers a request.
  ///
  /// - Throws: ``JenkinsError`` with code `.unsupported`, naming the class, for a question that nobody here can answer.
  func carryOut(_ request: JavaObject, _ call: Call) async throws -> JavaOutput {
    switch request.className {
    case "hudson.FilePath$FileCallableWrapper": try await file(request["callable"], request["filePath"], call)
    case "hudson.FilePath$CallableWith": try await file(request["task"], request["this$0"], call)
    default:
      if let handler = handlers[request.className] {
        try await handler(request, call)
      } else {
        throw Self.unsupported(request)
      }
    }
  }

  private func file(_ task: JavaValue, _ filePath: JavaValue, _ call: Call) async throws -> JavaOutput {
    guard let task = task.object, let path = filePath.object?["remote"].string else {
      throw JenkinsError(.protocolBroken, "the controller asks something about no file")
    }
    guard let handler = fileHandlers[task.className] else { throw Self.unsupported(task) }
    let hold = use?.hold(path)
    defer { withExtendedLifetime(hold) {} }
    return try await handler(task, path, call)
  }

  private static func unsupported(_ request: JavaObject) -> JenkinsError {
    let name = request.className.isEmpty ? request.type.interfaces.joined(separator: ", ") : request.className
    return JenkinsError(
      .unsupported,
      "this agent cannot run the Java class \(name)\(PluginNames.owner(of: name).map { " (of \($0))" } ?? "");"
        + " it answers what it knows by itself and runs no Java")
  }
}

/// Which plugin of Jenkins a class likely belongs to, for a message.
enum PluginNames {
  private static let packages: [(prefix: String, owner: String)] = [
    ("hudson.plugins.git.", "the git plugin"), ("org.jenkinsci.plugins.gitclient.", "the git-client plugin"),
    ("hudson.tasks.junit.", "the junit plugin"), ("hudson.tasks.test.", "the junit plugin"),
    ("org.jenkinsci.plugins.durabletask.", "the durable-task plugin"),
    ("org.jenkinsci.plugins.workflow.", "the workflow plugins"),
    ("org.jenkinsci.plugins.credentialsbinding.", "the credentials-binding plugin"),
    ("org.jenkinsci.plugins.docker.", "the docker plugins"), ("com.nirima.jenkins.", "the docker plugin"),
    ("hudson.maven.", "the maven-plugin"), ("org.jenkinsci.plugins.pipeline.maven.", "the pipeline-maven plugin"),
    ("io.jenkins.plugins.analysis.", "the warnings-ng plugin"), ("io.jenkins.plugins.coverage.", "the coverage plugin"),
    ("hudson.plugins.ws_cleanup.", "the ws-cleanup plugin"),
    ("org.jenkinsci.plugins.pipeline.utility.", "the pipeline-utility-steps plugin"),
    ("hudson.tools.", "Jenkins' tool installers"), ("hudson.", "Jenkins itself"), ("jenkins.", "Jenkins itself"),
  ]

  static func owner(of name: String) -> String? { packages.first { name.hasPrefix($0.prefix) }?.owner }
}
