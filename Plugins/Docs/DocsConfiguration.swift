import JourneymanActionKit

/// What stands under `with:` of an action that uses `docs`.
public struct DocsConfiguration: Decodable, Sendable {
  enum Generator: String, Decodable, Sendable, CaseIterable { case openapi, markdown, command }
  enum BrokenLinks: String, Decodable, Sendable, CaseIterable { case fail, warn }

  var generator: Generator
  var source: String?
  var output: String?
  var version: String?
  var title: String?
  var command: String?
  var from: String?
  var previous: String?
  var basePath: String?
  var brokenLinks: BrokenLinks?
  var name: String?

  private enum CodingKeys: String, CodingKey {
    case generator, source, output, version, title, command, from, previous, name
    case basePath = "base-path"
    case brokenLinks = "broken-links"
  }

  static let schema = ConfigurationSchema([
    ConfigurationKey(
      "generator", .choice(Generator.allCases.map(\.rawValue)),
      "What makes the pages: an OpenAPI document, a folder of Markdown files, or a command.", isRequired: true),
    ConfigurationKey(
      "source", .text,
      "The OpenAPI document (YAML or JSON), or the Markdown folder or file; for a command, what it reads."),
    ConfigurationKey(
      "output", .text,
      "The folder of the workspace that the site is put into, for later phases and actions; a command leaves it there.",
      defaultText: "none: the site is an artifact only"),
    ConfigurationKey(
      "version", .text,
      "Puts the site into a folder of this name, beside earlier versions, with an index and 'latest'.",
      defaultText: "none: the site is the whole"),
    ConfigurationKey(
      "previous", .text, "The folder of the workspace that holds the versions published before.",
      defaultText: "'output', except for a command"),
    ConfigurationKey("title", .text, "What the site is called.", defaultText: "the source's own title"),
    ConfigurationKey(
      "command", .text,
      "What makes the pages, as a command of the build; DOCS_SOURCE, DOCS_OUTPUT and DOCS_VERSION are set for it."),
    ConfigurationKey("from", .text, "Where the command leaves its pages, if that is not 'output'."),
    ConfigurationKey(
      "base-path", .text, "The path at which a server will show the command's pages, which their links begin with.",
      defaultText: "/"),
    ConfigurationKey(
      "broken-links", .choice(BrokenLinks.allCases.map(\.rawValue)),
      "What links do that lead to nothing within the site: fail the action, or only warn.", defaultText: "fail"),
    ConfigurationKey("name", .text, "What the artifact is called.", defaultText: "the action's name"),
  ])

  /// - Throws: `PluginConfigurationError` for values that do not make sense.
  func check() throws(PluginConfigurationError) {
    switch generator {
    case .openapi, .markdown:
      if source == nil { throw PluginConfigurationError("source", "name what the pages are made of") }
      for (key, value) in [("command", command), ("from", from), ("base-path", basePath)] where value != nil {
        throw PluginConfigurationError(key, "is for 'generator: command'")
      }
    case .command:
      if command == nil { throw PluginConfigurationError("command", "name the command that makes the pages") }
      if output == nil && from == nil {
        throw PluginConfigurationError("output", "name the folder that the command leaves its pages in")
      }
      if title != nil && version == nil {
        throw PluginConfigurationError("title", "is for the list of versions, and there is no 'version'")
      }
    }
    for (key, value) in [("source", source), ("output", output), ("from", from), ("previous", previous)] {
      guard let value else { continue }
      guard let normal = Self.normal(value) else {
        throw PluginConfigurationError(key, "'\(value.prefix(100))' is no path within the workspace")
      }
      if normal.isEmpty && key != "source" {
        throw PluginConfigurationError(key, "the workspace itself cannot be the folder of a site")
      }
    }
    if let version, !VersionName.isValid(version) {
      throw PluginConfigurationError(
        "version",
        "'\(version.prefix(100))' is not 1 to 64 letters, digits, '.', '-', '+' and '_' after a letter or digit")
    }
    if let basePath, !basePath.hasPrefix("/") { throw PluginConfigurationError("base-path", "must begin with '/'") }
    if previous != nil && version == nil { throw PluginConfigurationError("previous", "needs 'version'") }
  }

  /// A relative path without `.`, `..` and doubled slashes; `nil` when it leads out, or holds control characters.
  static func normal(_ path: String) -> String? {
    if path.hasPrefix("/") || path.utf8.contains(where: { $0 < 32 || $0 == 127 }) { return nil }
    return PageName.normal(path)
  }
}
