internal import Foundation
public import JourneymanActionKit

/// Publishes packages: their names, versions and metadata come from the files themselves. Everything is read and checked
/// before the first byte is sent; then the files go out in order, until one fails.
public struct PackageAction: ActionPlugin {
  private let configuration: Configuration
  private let address: RepositoryAddress
  private let publisher: any Publisher

  /// Takes a configuration.
  ///
  /// - Throws: `PluginConfigurationError` for an address or a combination of keys that cannot be used.
  public init(configuration: Configuration) throws {
    do throws(PackageError) {
      address = try RepositoryAddress(configuration.repository)
    } catch {
      throw PluginConfigurationError("repository", error.message)
    }
    self.configuration = configuration
    publisher = try configuration.publisher(for: address)
    try configuration.check(address)
  }

  /// Publishes.
  public func run(in context: ActionContext) async throws -> ActionOutcome {
    let files = try await self.files(in: context)
    let publications = try await publisher.prepare(files, in: context)
    if configuration.dryRun ?? false { return rehearse(publications, context) }
    let client = RepositoryClient(
      address: address, authorization: try configuration.authorization(context.secrets), context: context)
    var report = PublishingReport()
    var isBroken = false
    for (index, publication) in publications.enumerated() {
      if isBroken {
        report.add(publication, .notTried)
        continue
      }
      context.progress("publishing \(publication.title)", done: Int64(index), total: Int64(publications.count))
      do {
        switch try await publication.publish(client) {
        case .published(let place): report.add(publication, .published(place))
        case .alreadyThere(let how): report.add(publication, .alreadyThere(how))
        }
      } catch {
        isBroken = true
        report.add(publication, .failed(error is CancellationError ? "stopped" : "\(error)"))
      }
    }
    for line in report.lines { context.log(line, line.hasPrefix("failed") ? .error : .info) }
    let outputs = [
      "published": String(report.published), "skipped": String(report.existing),
      "locations": report.places.joined(separator: " "),
    ]
    let summary = report.summary(address)
    return isBroken ? .failed(summary, outputs: outputs) : .succeeded(summary, outputs: outputs)
  }

  private func rehearse(_ publications: [Publication], _ context: ActionContext) -> ActionOutcome {
    for publication in publications {
      context.log(PublishingReport.line("would publish  \(publication.title) at \(publication.target)"))
      for detail in publication.details { context.log(PublishingReport.line("               \(detail)")) }
    }
    return .succeeded(
      "dry run: would publish \(publications.count) to \(address); nothing was sent",
      outputs: ["published": "0", "skipped": "0", "locations": ""])
  }

  /// Private copies of the files, in the order of their patterns.
  private func files(in context: ActionContext) async throws -> [PackageFile] {
    var paths: [String] = []
    for pattern in configuration.patterns {
      let found = try await context.workspace.find([pattern], excluding: configuration.exclude?.items ?? [])
      if found.isEmpty { throw PluginError(.file, "no file matches '\(pattern.prefix(200))'; nothing was published") }
      paths += found.filter { !paths.contains($0) }
    }
    if paths.contains(where: { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } }) {
      throw PluginError(.file, "the name of a file has control characters in it; nothing was published")
    }
    if paths.count > 1000 { throw PluginError(.file, "\(paths.count) files match; at most 1000 are published at once") }
    let copies = try WorkspaceFiles(directory: context.output.path)
    var files: [PackageFile] = []
    for (index, path) in paths.enumerated() {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      let copy = "files/\(index)"
      try await context.output.copy(try context.workspace.open(path), to: copy)
      files.append(PackageFile(path: path, name: name, content: try copies.open(copy)))
    }
    return files
  }
}

extension PackageAction.Configuration {
  /// What to look for in the workspace.
  var patterns: [String] {
    if let layout { return ["\(layout)/oci-layout", "\(layout)/index.json", "\(layout)/blobs/*/*"] }
    return files?.items ?? []
  }

  func publisher(for address: RepositoryAddress) throws -> any Publisher {
    let skips = skipExisting ?? false
    switch type {
    case .pypi: return PyPIPublisher(address: address, skipsExisting: skips)
    case .npm: return NPMPublisher(address: address, skipsExisting: skips, tag: tag?.items.first, access: access)
    case .maven: return MavenPublisher(address: address, skipsExisting: skips)
    case .generic:
      return try GenericPublisher(
        address: address, skipsExisting: skips, directory: path ?? "", keepsDirectories: keepDirectories ?? false)
    case .oci:
      return try OCIPublisher(
        address: address, skipsExisting: skips, tags: tag?.items ?? ["latest"], layout: layout,
        artifactType: artifactType ?? "application/vnd.journeyman.files.v1",
        chunkSize: chunkSize ?? 16 << 20, tokenServer: tokenServer)
    }
  }

  /// - Throws: `PluginConfigurationError` for keys that do not go together.
  func check(_ address: RepositoryAddress) throws(PluginConfigurationError) {
    if layout != nil && type != .oci { throw PluginConfigurationError("layout", "is only for type oci") }
    if layout != nil && files != nil { throw PluginConfigurationError("files", "does not go with layout") }
    if layout == nil && files?.items.isEmpty ?? true { throw PluginConfigurationError("files", "names no file") }
    if username != nil && password == nil {
      throw PluginConfigurationError("password", "is missing: the name of a secret, beside the username")
    }
    if username?.contains(":") ?? false { throw PluginConfigurationError("username", "must not have a colon in it") }
    let tokens = tokenServer.flatMap { try? RepositoryAddress($0) }.map { [("token-server", $0)] } ?? []
    for (key, server) in [("repository", address)] + tokens
    where password != nil && server.scheme == "http" && !server.isLoopback && !(plainHTTP ?? false) {
      throw PluginConfigurationError(
        key, "is http, over which anybody on the way can read the password; use https, or say plain-http: yes")
    }
    if type == .npm && (tag?.items.count ?? 1) != 1 { throw PluginConfigurationError("tag", "npm takes one tag") }
    if let chunkSize, !(1024...(256 << 20)).contains(chunkSize) {
      throw PluginConfigurationError("chunk-size", "must be 1024 to 268435456")
    }
  }

  /// - Throws: `PluginError` when the action was not handed the secret.
  func authorization(_ secrets: PluginSecrets) throws -> WebRequest.Authorization? {
    guard let password else { return nil }
    let secret = try secrets.value(of: password)
    if let username { return .basic(user: username, password: secret) }
    return type == .pypi ? .basic(user: "__token__", password: secret) : .bearer(secret)
  }
}
