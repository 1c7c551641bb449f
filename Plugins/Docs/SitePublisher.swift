import JourneymanActionKit

/// Puts a site where it belongs: into the action's output directory, beside earlier versions, and into the workspace.
struct SitePublisher {
  /// What became of it.
  struct Published {
    let artifact: String
    let latest: String?
    let versions: Int
  }

  /// The folder of the output directory that becomes the artifact.
  static let folder = "site"
  private static let mostFiles = 100_000
  private static let mostBytes: Int64 = 4 << 30
  private static let mostRedirects = 5_000

  private let configuration: DocsConfiguration
  private let output: String?
  private let previous: String?

  init(_ configuration: DocsConfiguration) {
    self.configuration = configuration
    output = configuration.output.flatMap(DocsConfiguration.normal)
    let named = configuration.previous.flatMap(DocsConfiguration.normal)
    previous = named ?? (configuration.generator == .command ? nil : output)
  }

  func publish(_ site: Site, _ context: ActionContext) async throws -> Published {
    let artifact = artifactName(context)
    guard let version = configuration.version else {
      for (path, content) in site.files { try await context.output.write(content, to: "\(Self.folder)/\(path)") }
      // What a command has made lies in the workspace already.
      if configuration.generator != .command || configuration.from != nil {
        try await WorkspaceWriter(context).write(site, to: output)
      }
      return Published(artifact: artifact, latest: nil, versions: 0)
    }
    var pages = try await copyPrevious(besides: version, context)
    pages[version] = site.files.keys.filter(Self.isPage)
    let names = Array(pages.keys)
    let latest = VersionName.latest(of: names)
    let around = VersionPages(
      title: configuration.title ?? context.build.project, versions: names,
      latestPages: Array((latest.flatMap { pages[$0] } ?? []).sorted().prefix(Self.mostRedirects)))
    var new = try around.site()
    try new.add(site, beneath: version)
    for (path, content) in new.files { try await context.output.write(content, to: "\(Self.folder)/\(path)") }
    // A command's folder is its own: versions beside what it makes there would be lost or mixed.
    if configuration.generator != .command || configuration.from != nil {
      try await WorkspaceWriter(context).write(new, to: output, replacing: [version, "latest"])
    }
    return Published(artifact: artifact, latest: latest, versions: names.count)
  }

  /// Takes the versions over that were published before.
  ///
  /// - Returns: the pages of each.
  private func copyPrevious(besides version: String, _ context: ActionContext) async throws -> [String: [String]] {
    guard let previous else { return [:] }
    var pages: [String: [String]] = [:]
    var others: Set<String> = []
    var bytes: Int64 = 0
    let found = try await context.workspace.find(["\(previous)/*/**"])
    if found.count > Self.mostFiles {
      throw PluginError(.failed, "\(previous) holds \(found.count) files; at most \(Self.mostFiles) are taken over")
    }
    let folders = Set(found.filter { $0.hasSuffix("/index.html") }.map { String($0.dropLast("/index.html".count)) })
    for path in found {
      let rest = path.dropFirst(previous.utf8.count + 1)
      guard let slash = rest.firstIndex(of: "/") else { continue }
      let name = String(rest[..<slash])
      if name == version || name == "latest" || name == "site-assets" { continue }
      guard VersionName.isValid(name), folders.contains("\(previous)/\(name)") else {
        if others.insert(name).inserted {
          context.log("\(previous)/\(name) is passed over: it is no version of a site", .warning)
        }
        continue
      }
      let file: ActionFile
      do {
        file = try context.workspace.open(path, followingLinks: false)
      } catch {
        context.log("\(path) is passed over: \(error)", .warning)
        continue
      }
      bytes += file.size
      if bytes > Self.mostBytes {
        throw PluginError(.failed, "\(previous) holds more than \(Self.mostBytes >> 30) GiB")
      }
      try await context.output.copy(file, to: "\(Self.folder)/\(rest)")
      let page = String(rest[rest.index(after: slash)...])
      pages[name, default: []] += Self.isPage(page) ? [page] : []
    }
    return pages
  }

  private static func isPage(_ path: String) -> Bool { path.hasSuffix(".html") }

  private func artifactName(_ context: ActionContext) -> String {
    let name = String((configuration.name ?? context.name).prefix(100))
    let clean = String(name.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == "." ? $0 : "-" })
    return clean.hasPrefix(".") || clean.hasPrefix("-") || clean.isEmpty ? "docs" + clean : clean
  }
}
