import JourneymanActionKit
import JourneymanActionSupport

/// Runs an installed generator and takes over what it has made, if that is a site that stands by itself.
struct CommandGenerator {
  private let configuration: DocsConfiguration
  private let output: String

  init(_ configuration: DocsConfiguration) {
    self.configuration = configuration
    let named = [configuration.from, configuration.output].lazy.compactMap { $0 }.first
    output = named.flatMap(DocsConfiguration.normal) ?? ""
  }

  /// The folder that the command is told to use.
  private var target: String {
    configuration.from == nil ? configuration.version.map { "\(output)/\($0)" } ?? output : output
  }

  /// Runs the command.
  ///
  /// - Returns: why the action failed; `nil` when it goes on.
  func run(_ context: ActionContext) async throws -> ActionOutcome? {
    guard let command = configuration.command else { return nil }
    var variables = ["DOCS_OUTPUT": target]
    variables["DOCS_SOURCE"] = configuration.source
    variables["DOCS_VERSION"] = configuration.version
    let result = try await context.run(ProcessRequest(shell: command, environment: variables))
    if result.timedOut { return .failed("the generator ran out of time") }
    return result.isSuccess ? nil : .failed("the generator ended with \(result.exitCode)")
  }

  /// Reads and checks what it has made.
  ///
  /// - Throws: `PluginError` when there is no site.
  func read(_ context: ActionContext) async throws -> GeneratedSite {
    // A generator that knows nothing of versions leaves its pages in the folder itself.
    var folder = target
    if folder != output, try await !isSite(folder, context), await !isVersionList(output, context) { folder = output }
    guard try await isSite(folder, context) else {
      throw PluginError(.failed, "the generator has left no index.html in \(target)")
    }
    var site = Site()
    var problems: [SiteProblem] = []
    for path in try await context.workspace.find(["\(folder)/**/*"]) {
      try Task.checkCancellation()
      let name = String(path.dropFirst(folder.utf8.count + 1))
      do {
        let file = try context.workspace.open(path, followingLinks: false)
        try site.add(try await file.contents(limit: Site.mostBytes), at: name)
      } catch let error as PluginError where error.code == .file {
        problems.append(SiteProblem(file: path, line: 1, message: "is no file of the site's own: \(error)"))
      }
    }
    let hasBase = configuration.basePath != nil || configuration.version == nil
    let check = SiteCheck(folder: folder, basePath: hasBase ? configuration.basePath ?? "/" : nil)
    problems += try check.problems(of: site)
    return GeneratedSite(
      site: site, problems: problems.sorted(), pages: site.files.keys.count { $0.hasSuffix(".html") })
  }

  /// Whether a folder's first page is the list of versions that an earlier action has made.
  private func isVersionList(_ folder: String, _ context: ActionContext) async -> Bool {
    let start = try? context.workspace.open("\(folder)/index.html").bytes(at: 0, count: 4_096)
    return start.map { String(decoding: $0, as: UTF8.self).contains(VersionPages.mark.text) } ?? false
  }

  private func isSite(_ folder: String, _ context: ActionContext) async throws -> Bool {
    try await !context.workspace.find(["\(folder)/index.html"]).isEmpty
  }
}
