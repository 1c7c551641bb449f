internal import JourneymanActionKit
internal import JourneymanActionSupport

/// Files by plain PUT: Nexus raw, Artifactory generic, Gitea generic, WebDAV.
struct GenericPublisher: Publisher {
  private let address: RepositoryAddress
  private let skipsExisting: Bool
  private let directory: [String]
  private let keepsDirectories: Bool

  /// - Throws: `PluginConfigurationError` when the directory leads out of the repository.
  init(address: RepositoryAddress, skipsExisting: Bool, directory: String, keepsDirectories: Bool) throws {
    self.address = address
    self.skipsExisting = skipsExisting
    self.keepsDirectories = keepsDirectories
    self.directory = directory.split(separator: "/").map(String.init)
    if self.directory.contains(where: { $0 == "." || $0 == ".." }) {
      throw PluginConfigurationError("path", "must not have '.' or '..' in it")
    }
  }

  func prepare(_ files: [PackageFile], in context: ActionContext) async throws -> [Publication] {
    var urls: Set<String> = []
    var publications: [Publication] = []
    for file in files {
      let parts = keepsDirectories ? file.path.split(separator: "/").map(String.init) : [file.name]
      let url = address.appending(directory + parts)
      if !urls.insert(url).inserted {
        throw PackageError(
          .invalidPackage, "two files would be published as \(url); say keep-directories: yes, or rename one")
      }
      let digests = try await FileDigests.compute([.md5, .sha1, .sha256], of: file.content)
      let upload = FileUpload(body: .file(file.content), url: url, digests: digests, sendsDigests: true)
      publications.append(
        Publication(
          title: file.path, files: [file.path], target: url, details: ["sha256 \(digests.hexadecimal(.sha256))"]
        ) { [skipsExisting] client in try await upload.send(client, skipsExisting: skipsExisting) })
    }
    return publications
  }
}
