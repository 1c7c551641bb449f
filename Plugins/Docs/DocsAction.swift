public import JourneymanActionKit

/// Makes a static site of an API description, of Markdown files or by a command, and hands it on as an artifact.
public struct DocsAction: ActionPlugin {
  /// What stands under `with:`.
  public typealias Configuration = DocsConfiguration

  /// What the plugin is called, takes and gives.
  public static let manifest = PluginManifest(
    name: "docs", version: "1.0.0",
    summary: "Makes a static site from OpenAPI, Markdown or an installed generator, and checks its links.",
    category: .docs, configuration: DocsConfiguration.schema,
    outputs: [
      .init("pages", "How many pages the site has."), .init("artifact", "The artifact's name."),
      .init("broken-links", "How many links lead to nothing."), .init("version", "The version, if there is one."),
      .init("latest", "The version that 'latest' leads to."),
    ])

  private static let mostProblems = 100

  private let configuration: DocsConfiguration

  /// Takes a configuration.
  ///
  /// - Throws: `PluginConfigurationError` for values that do not make sense.
  public init(configuration: DocsConfiguration) throws {
    try configuration.check()
    self.configuration = configuration
  }

  /// Makes the pages, checks them, puts versions side by side, and hands the whole on.
  public func run(in context: ActionContext) async throws -> ActionOutcome {
    let output = configuration.output.flatMap(DocsConfiguration.normal)
    let made: GeneratedSite
    switch configuration.generator {
    case .openapi:
      let source = configuration.source.flatMap(DocsConfiguration.normal) ?? ""
      made = try await APIGenerator(source: source, title: configuration.title, version: configuration.version)
        .generate(context)
    case .markdown:
      let source = configuration.source.flatMap(DocsConfiguration.normal) ?? ""
      let others = [output, configuration.previous.flatMap(DocsConfiguration.normal)].compactMap { $0 }
      let generator = MarkdownGenerator(
        source: source.isEmpty ? "." : source, title: configuration.title, version: configuration.version,
        excluded: others)
      made = try await generator.generate(context)
    case .command:
      let generator = CommandGenerator(configuration)
      if let failure = try await generator.run(context) { return failure }
      made = try await generator.read(context)
    }
    let isFatal = configuration.brokenLinks != .warn
    for problem in made.problems.prefix(Self.mostProblems) { context.log("\(problem)", isFatal ? .error : .warning) }
    if made.problems.count > Self.mostProblems {
      context.log("… and \(made.problems.count - Self.mostProblems) more", isFatal ? .error : .warning)
    }
    var outputs = ["pages": "\(made.pages)", "broken-links": "\(made.problems.count)"]
    if isFatal, let first = made.problems.first {
      let others = made.problems.count > 1 ? " (and \(made.problems.count - 1) more)" : ""
      return .failed("\(first)\(others)", outputs: outputs)
    }
    let publisher = SitePublisher(configuration)
    let published = try await publisher.publish(made.site, context)
    outputs["artifact"] = published.artifact
    if let version = configuration.version { outputs["version"] = version }
    if let latest = published.latest { outputs["latest"] = latest }
    let versions = published.versions > 1 ? ", beside \(published.versions - 1) earlier versions" : ""
    var outcome = ActionOutcome.succeeded("\(made.pages) pages\(versions)", outputs: outputs)
    outcome.artifacts = [ActionArtifact(name: published.artifact, directory: SitePublisher.folder)]
    return outcome
  }
}
