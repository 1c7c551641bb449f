public import JourneymanActionKit
internal import JourneymanTransport

/// Serves the plugin of one action: what it asks for is done if it is granted.
public final class HostServices: ActionServices {
  /// Where what a plugin says goes.
  public struct Ears: Sendable {
    /// Receives lines of the log.
    public var log: @Sendable (String, ActionLogLevel) -> Void
    /// Receives how far something has come.
    public var progress: @Sendable (String, Int64, Int64) -> Void
    /// Receives questions.
    public var decide: @Sendable (DecisionQuestion) async throws -> Decision

    /// Names the receivers.
    public init(
      log: @escaping @Sendable (String, ActionLogLevel) -> Void,
      progress: @escaping @Sendable (String, Int64, Int64) -> Void,
      decide: @escaping @Sendable (DecisionQuestion) async throws -> Decision
    ) {
      self.log = log
      self.progress = progress
      self.decide = decide
    }
  }

  private let ears: Ears
  private let launcher: ProcessLauncher
  private let web: WebSender

  /// Prepares to serve; ``end()`` has to be called.
  ///
  /// - Parameter plugin: the plugin's name, for messages.
  public init(plugin: String, site: ActionSite, ears: Ears) {
    self.ears = ears
    launcher = ProcessLauncher(plugin: plugin, site: site)
    web = WebSender(plugin: plugin, configuration: site.web)
  }

  /// Ends every process and request that the plugin has left.
  public func end() async {
    await launcher.end()
    web.end()
  }

  /// Passes each line on; a long text is cut into lines of at most 16 KiB.
  public func log(_ text: String, _ level: ActionLogLevel) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).prefix(10_000) {
      ears.log(String(line.prefix(16_384)), level)
    }
  }

  /// Passes it on.
  public func progress(_ text: String, done: Int64, total: Int64) { ears.progress(text, done, total) }

  /// Starts the process where it is granted.
  public func run(_ process: ProcessRequest) async throws -> ProcessResult { try await launcher.run(process) }

  /// Sends the request if the network is granted.
  public func send(_ request: WebRequest) async throws -> WebResponse { try await web.send(request) }

  /// Passes it on.
  public func decide(_ question: DecisionQuestion) async throws -> Decision { try await ears.decide(question) }
}
