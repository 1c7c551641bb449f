import JourneymanJavaStream
import JourneymanSupport

@testable import JourneymanJenkins

/// Calls of the git plugin that a test makes up.
struct GitCalls {
  let controller: ScriptedController
  /// The agent's number of the repository.
  let repository: Int32
  /// The stream of the build's log.
  let log: Int32

  private static let client = "org.jenkinsci.plugins.gitclient."
  private static let objects = JavaLayout("[Ljava.lang.Object;", -8_012_369_246_846_506_644)

  static func object(_ name: String, _ fields: [(JavaField, JavaOutput)]) -> JavaOutput {
    .object(
      JavaLayout(name, 1, fields.map(\.0)), Dictionary(uniqueKeysWithValues: fields.map { ($0.0.name, $0.1) }))
  }

  /// A commit that a build may be of.
  static func revision(_ commit: String) -> JavaOutput {
    object(
      "hudson.plugins.git.Revision",
      [
        (JavaField("branches", "Ljava/util/Collection;"), .list([])),
        (JavaField("sha1", "Lorg/eclipse/jgit/lib/ObjectId;"), GitObjects.output(commit)),
      ])
  }

  /// The git plugin's question which of some commits are the newest.
  static func buildChooser(_ commits: [String]) -> JavaOutput {
    object(
      "java.lang.invoke.SerializedLambda",
      [
        (JavaField("capturedArgs", "[Ljava/lang/Object;"), .array(objects, [.list(commits.map(revision))])),
        (JavaField("implClass", "Ljava/lang/String;"), .string("hudson/plugins/git/util/DefaultBuildChooser")),
      ])
  }

  /// Asks for a repository.
  ///
  /// - Parameter secret: what the build's log must not show.
  init(_ controller: ScriptedController, _ path: String, secret: String = "never", approvedHostKeys: String? = nil)
    async throws
  {
    self.controller = controller
    log = Int32.random(in: 1...1_000_000)
    let pattern = Self.object(
      "hudson.util.Secret", [(JavaField("value", "Ljava/lang/String;"), .string("\\Q\(secret)\\E"))])
    let filter = Self.object("Filter", [(JavaField("pattern", "Lhudson/util/Secret;"), pattern)])
    let listener = Self.object(
      "Listener",
      [
        (JavaField("decorators", "Ljava/util/List;"), .list([filter])),
        (JavaField("out", "Ljava/io/OutputStream;"), Launching.stream(log)),
      ])
    let git = Self.object(
      Self.client + "Git",
      [
        (JavaField("listener", "Lhudson/model/TaskListener;"), listener),
        (JavaField("repository", "Lhudson/FilePath;"), BrowserCallables.filePath(path)),
      ])
    let verifier = Self.object(
      Self.client + "verifier.ManuallyProvidedKeyVerifier",
      [(JavaField("approvedHostKeys", "Ljava/lang/String;"), .optional(approvedHostKeys))])
    let task = Self.object(
      Self.client + "Git$GitAPIMasterToSlaveFileCallable",
      [
        (JavaField("hostKeyFactory", "Lorg/Verifier;"), approvedHostKeys == nil ? .null : verifier),
        (JavaField("this$0", "Lorg/Git;"), git),
      ])
    let answer = try await controller.answer(to: try controller.ask(about: path, task))
    guard let number = answer.value?.object?["proxy"].object?["h"].object?["oid"].integer else {
      throw JenkinsTestFailure(answer.failure?.message ?? "no repository")
    }
    repository = Int32(number)
  }

  private static let request = JavaLayout(
    "hudson.remoting.RemoteInvocationHandler$UserRPCRequest", 1,
    extends: JavaLayout(
      "hudson.remoting.RemoteInvocationHandler$RPCRequest", 1,
      [
        JavaField("oid", "I"), JavaField("arguments", "[Ljava/lang/Object;"),
        JavaField("methodName", "Ljava/lang/String;"),
      ]))

  /// Calls a method.
  func call(_ method: String, _ arguments: [JavaOutput] = []) async throws -> ScriptedController.Answer {
    let id = try controller.ask(
      try JavaStreamWriter.write(
        .object(
          Self.request,
          [
            "oid": .int(repository), "methodName": .string(method),
            "arguments": .array(Self.objects, arguments),
          ])))
    return try await controller.answer(to: id)
  }

  /// Has a command carried out.
  ///
  /// - Parameter calls: what is set on it.
  func run(_ name: String, _ calls: [(String, [JavaOutput])]) async throws -> ScriptedController.Answer {
    try await controller.answer(to: try ask(name, calls))
  }

  /// Asks for a command and does not wait.
  func ask(_ name: String, _ calls: [(String, [JavaOutput])]) throws -> Int32 {
    let invocations = calls.map { method, arguments in
      Self.object(
        Self.client + "RemoteGitImpl$Invocation",
        [
          (JavaField("args", "[Ljava/lang/Object;"), .array(Self.objects, arguments)),
          (JavaField("methodName", "Ljava/lang/String;"), .string(method)),
        ])
    }
    let handler = Self.object(
      "hudson.remoting.RemoteInvocationHandler",
      [(JavaField("goingHome", "Z"), .boolean(true)), (JavaField("oid", "I"), .int(repository))])
    let command = Self.object(
      Self.client + "RemoteGitImpl$CommandInvocationHandler",
      [
        (JavaField("command", "Ljava/lang/Class;"), .classObject(JavaLayout(Self.client + name, 0))),
        (JavaField("invocations", "Ljava/util/List;"), .list(invocations)),
        (
          JavaField("proxy", "Lorg/GitClient;"),
          .object(JavaLayout(proxy: ["hudson.plugins.git.IGitAPI"]), ["h": handler])
        ),
      ])
    return try controller.ask(
      Self.client + "RemoteGitImpl$CommandInvocationHandler$GitCommandMasterToSlaveCallable", 1,
      [(JavaField("this$0", "Lorg/Handler;"), command)])
  }

  /// A credential of a user and password.
  static func password(_ user: String, _ password: String) -> JavaOutput {
    let secret = object("hudson.util.Secret", [(JavaField("value", "Ljava/lang/String;"), .string(password))])
    return object(
      "com.cloudbees.plugins.credentials.impl.UsernamePasswordCredentialsImpl",
      [
        (JavaField("password", "Lhudson/util/Secret;"), secret),
        (JavaField("username", "Ljava/lang/String;"), .string(user)),
      ])
  }

  /// Gives a user and password for a URL.
  func addPassword(_ url: String, _ user: String, _ password: String) async throws {
    _ = try await call("addCredentials", [.string(url), Self.password(user, password)])
  }

  /// Gives a private key for a URL.
  func addKey(_ url: String, _ user: String, _ key: String, passphrase: String? = nil) async throws {
    let secret: (String) -> JavaOutput = { text in
      Self.object("hudson.util.Secret", [(JavaField("value", "Ljava/lang/String;"), .string(text))])
    }
    let plugin = "com.cloudbees.jenkins.plugins.sshcredentials.impl.BasicSSHUserPrivateKey"
    let source = Self.object(
      plugin + "$DirectEntryPrivateKeySource", [(JavaField("privateKey", "Lhudson/util/Secret;"), secret(key))])
    let credential = Self.object(
      plugin,
      [
        (JavaField("passphrase", "Lhudson/util/Secret;"), passphrase.map(secret) ?? .null),
        (JavaField("privateKeySource", "Lcom/Source;"), source),
        (JavaField("username", "Ljava/lang/String;"), .string(user)),
      ])
    _ = try await call("addCredentials", [.string(url), credential])
  }

  /// `org.eclipse.jgit.transport.URIish`
  static func address(scheme: String, host: String, port: Int, path: String, user: String? = nil) -> JavaOutput {
    .object(
      JavaLayout(
        "org.eclipse.jgit.transport.URIish", 1,
        [JavaField("port", "I")]
          + ["host", "path", "rawPath", "scheme", "user"].map { JavaField($0, "Ljava/lang/String;") }),
      [
        "port": .int(Int32(port)), "host": .string(host), "path": .string(path), "rawPath": .string(path),
        "scheme": .string(scheme), "user": .optional(user),
      ])
  }

  /// `org.eclipse.jgit.transport.RefSpec`
  static func specification(_ text: String) -> JavaOutput {
    let parts = text.drop { $0 == "+" }.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    return object(
      "org.eclipse.jgit.transport.RefSpec",
      [
        (JavaField("force", "Z"), .boolean(text.hasPrefix("+"))),
        (JavaField("dstName", "Ljava/lang/String;"), parts.count > 1 ? .string(parts[1]) : .null),
        (JavaField("srcName", "Ljava/lang/String;"), .string(parts[0])),
      ])
  }

  /// What the build's log got.
  func text(_ answer: ScriptedController.Answer) -> String { Launching.text(answer.others, of: log) }
}
