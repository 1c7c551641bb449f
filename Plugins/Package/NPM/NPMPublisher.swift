internal import Foundation
internal import JourneymanActionKit
internal import JourneymanActionSupport

/// npm packages by the registry's one PUT:
/// https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md, as npm 10 does it.
struct NPMPublisher: Publisher {
  let address: RepositoryAddress
  let skipsExisting: Bool
  let tag: String?
  let access: String?

  func prepare(_ files: [PackageFile], in context: ActionContext) async throws -> [Publication] {
    var publications: [Publication] = []
    for (index, file) in files.enumerated() {
      let package = try await NPMPackage(file)
      let title = "\(package.name)@\(package.version)"
      guard let tag = tag ?? package.wantedTag ?? (package.isPrerelease ? nil : "latest") else {
        throw PackageError(.invalidPackage, "\(title) is a prerelease: say with 'tag' which dist-tag it gets")
      }
      if NPMPackage.isVersion(tag) || !NPMPackage.isName(tag) || tag.contains("/") {
        throw PackageError(.invalidPackage, "'\(tag.prefix(100))' cannot be a dist-tag")
      }
      let digests = try await FileDigests.compute([.sha1, .sha512], of: file.content)
      let (head, tail) = try document(package, tag: tag, digests: digests, size: file.content.size)
      let url = address.appending([""]).dropLast() + "/" + Self.escaped(package.name)
      publications.append(
        Publication(
          title: title, files: [file.path], target: String(url),
          details: ["dist-tag \(tag), integrity sha512-\(digests.base64(.sha512))"]
        ) { client in
          let body = try await FileAssembly.write(
            [.bytes(head), .base64(file.content), .bytes(tail)], to: "documents/\(index)", in: client.context.output)
          var request = WebRequest("PUT", String(url))
          request.headers = [("Content-Type", "application/json"), ("npm-command", "publish")]
          request.body = .file(body)
          let answer = try await client.send(request)
          if answer.response.isSuccess { return .published(String(url)) }
          if skipsExisting || answer.mayBeRepeated,
            try await isThere(package, String(url), after: answer.response, client)
          {
            return .alreadyThere("the server answered \(answer.status)")
          }
          throw RepositoryClient.refusal(title, answer.response)
        })
    }
    return publications
  }

  /// The scope's slash is escaped, and nothing else has to be.
  private static func escaped(_ name: String) -> String { name.split(separator: "/").joined(separator: "%2f") }

  /// npm answers 403 and others 409 or 400, each with words of its own; without such words the list of versions tells.
  private func isThere(
    _ package: NPMPackage, _ url: String, after response: WebResponse, _ client: RepositoryClient
  ) async throws -> Bool {
    guard [400, 403, 409].contains(response.status) else { return false }
    let text = response.text.prefix(20_000).lowercased()
    let words = ["previously published version", "cannot publish over", "already present", "already exist"]
    if words.contains(where: text.contains) { return true }
    var request = WebRequest("GET", url)
    request.headers = [("Accept", "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8")]
    let answer = try await client.send(request).response
    guard answer.isSuccess else { return false }
    let list = (try? JSONSerialization.jsonObject(with: Data(answer.body))) as? [String: Any]
    return (list?["versions"] as? [String: Any])?[package.version] != nil
  }

  /// What stands before and behind the tarball's base64.
  private func document(
    _ package: NPMPackage, tag: String, digests: FileDigests, size: Int64
  ) throws -> (head: [UInt8], tail: [UInt8]) {
    let tarball = "\(package.name)-\(package.version).tgz"
    var version = (try JSONSerialization.jsonObject(with: package.description)) as? [String: Any] ?? [:]
    let base = address.text.hasSuffix("/") ? address.text : address.text + "/"
    version["_id"] = "\(package.name)@\(package.version)"
    if let readme = package.readme { version["readme"] = readme }
    version["dist"] = [
      "integrity": "sha512-\(digests.base64(.sha512))", "shasum": digests.hexadecimal(.sha1),
      "tarball": "\(base)\(package.name)/-/\(tarball)",
    ]
    var document: [String: Any] = [
      "_id": package.name, "name": package.name, "dist-tags": [tag: package.version],
      "versions": [package.version: version], "access": NSNull(),
    ]
    if let access = access ?? package.wantedAccess { document["access"] = access }
    if let text = version["description"] as? String { document["description"] = text }
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
    // The tarball goes between the last brace of the document and the one before it, without ever being in memory.
    let start = try JSONSerialization.data(withJSONObject: document, options: options).dropLast()
    let key = try JSONSerialization.data(withJSONObject: [tarball], options: options).dropFirst().dropLast()
    let head =
      Array(start) + Array(",\"_attachments\":{".utf8) + Array(key)
      + Array(":{\"content_type\":\"application/octet-stream\",\"length\":\(size),\"data\":\"".utf8)
    return (head, Array("\"}}}".utf8))
  }
}
