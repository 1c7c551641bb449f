internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanJenkinsModel
internal import JourneymanSupport

/// What the git plugin asks: a repository to call, and commands that it put together call by call.
struct GitCallables: Sendable {
  let setup: GitRepository.Setup

  private static let client = "org.jenkinsci.plugins.gitclient."
  private static let implementation = JavaLayout(
    client + "RemoteGitImpl", 1, [JavaField("proxy", "Lorg/jenkinsci/plugins/gitclient/GitClient;")])
  private static let interface = JavaLayout(proxy: ["hudson.plugins.git.IGitAPI", "hudson.remoting.IReadResolve"])

  func add(to table: inout CallableTable) {
    table[file: Self.client + "Git$GitAPIMasterToSlaveFileCallable"] = { task, path, call in
      let git = task["this$0"].object
      let path = git?["repository"].object?["remote"].string ?? path
      _ = try setup.files.place(path)
      call.keepStreams()
      // Where Jenkins is set to approve host keys by hand, they come along.
      let approved = task["hostKeyFactory"].object?["approvedHostKeys"].string
      let repository = GitRepository(
        path, setup, approvedHostKeys: approved, log: ListenerOutput(git?["listener"] ?? .null),
        streams: Set(StreamReferences(in: task).outputs),
        channel: call.channel)
      let number = call.channel.export(repository)
      return .object(Self.implementation, ["proxy": ProcessCallables.proxy(Self.interface, number)])
    }
    let name = Self.client + "RemoteGitImpl$CommandInvocationHandler$GitCommandMasterToSlaveCallable"
    table[name] = { request, call in
      guard let handler = request["this$0"].object,
        let number = handler["proxy"].object?["h"].object?["oid"].integer,
        let repository = call.channel.exported(Int32(truncatingIfNeeded: number)) as? GitRepository,
        case .classObject(let type) = handler["command"]
      else { throw JenkinsError(.protocolBroken, "the controller gives a git command without a repository") }
      let command = GitCommand(type.name, handler["invocations"])
      return try await command.run(on: repository, call)
    }
  }
}
