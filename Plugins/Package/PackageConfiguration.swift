public import JourneymanActionKit

extension PackageAction {
  /// What stands under `with:`.
  public struct Configuration: Decodable, Sendable {
    /// The kinds of repositories.
    enum Kind: String, Decodable, Sendable, CaseIterable {
      case pypi, npm, maven, generic, oci
    }

    var type: Kind
    var repository: String
    var files: OneOrMore<String>?
    var exclude: OneOrMore<String>?
    var username: String?
    var password: String?
    var skipExisting: Bool?
    var dryRun: Bool?
    var plainHTTP: Bool?
    var tag: OneOrMore<String>?
    var access: String?
    var path: String?
    var keepDirectories: Bool?
    var layout: String?
    var artifactType: String?
    var chunkSize: Int?
    var tokenServer: String?

    private enum CodingKeys: String, CodingKey {
      case type, repository, files, exclude, username, password, tag, access, path, layout
      case skipExisting = "skip-existing"
      case dryRun = "dry-run"
      case plainHTTP = "plain-http"
      case keepDirectories = "keep-directories"
      case artifactType = "artifact-type"
      case chunkSize = "chunk-size"
      case tokenServer = "token-server"
    }
  }

  /// What the plugin is called, takes and wants.
  public static let manifest = PluginManifest(
    name: "package", version: "1.0.0",
    summary: "Publishes packages to PyPI-style, npm, Maven, generic and OCI repositories.", category: .package,
    configuration: ConfigurationSchema([
      ConfigurationKey(
        "type", .choice(Configuration.Kind.allCases.map(\.rawValue)), "What kind of repository it is.",
        isRequired: true),
      ConfigurationKey(
        "repository", .text,
        "The repository's URL; for oci with the image's name as its path: https://registry.example.org/team/app.",
        isRequired: true),
      ConfigurationKey("files", .list(.text), "Patterns of the files, published in this order."),
      ConfigurationKey("exclude", .list(.text), "Patterns of files to leave out."),
      ConfigurationKey(
        "username", .text, "Who publishes.", defaultText: "__token__ for pypi; else the password is sent as a token"),
      ConfigurationKey("password", .text, "The name of the secret with the password or token."),
      ConfigurationKey(
        "skip-existing", .boolean, "Whether what the repository has already is passed over.", defaultText: "no"),
      ConfigurationKey(
        "dry-run", .boolean, "Whether everything is read and checked, but nothing is sent.", defaultText: "no"),
      ConfigurationKey(
        "plain-http", .boolean, "Whether a password may be sent over http to another machine.", defaultText: "no"),
      ConfigurationKey("tag", .list(.text), "oci: tags; npm: the dist-tag.", defaultText: "latest"),
      ConfigurationKey("access", .choice(["public", "restricted"]), "npm: who may see a scoped package."),
      ConfigurationKey("path", .text, "generic: the directory beneath the repository.", defaultText: "the top"),
      ConfigurationKey(
        "keep-directories", .boolean, "generic: whether files keep their directories of the workspace.",
        defaultText: "no"),
      ConfigurationKey("layout", .text, "oci: the directory of an OCI image layout to push instead of files."),
      ConfigurationKey(
        "artifact-type", .text, "oci: the media type of the artifact.",
        defaultText: "application/vnd.journeyman.files.v1"),
      ConfigurationKey("chunk-size", .integer, "oci: bytes sent at once.", defaultText: "16777216"),
      ConfigurationKey(
        "token-server", .text, "oci: the origin that gives tokens, when it is not the registry's own.",
        defaultText: "the registry"),
    ]),
    network: true, secrets: true,
    outputs: [
      .init("published", "How many packages were published."),
      .init("skipped", "How many the repository had already."),
      .init("locations", "Where they were published, separated by spaces."),
    ])
}
