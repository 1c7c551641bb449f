internal import JourneymanActionKit
internal import JourneymanActionSupport

/// One file by PUT.
struct FileUpload: Sendable {
  let body: WebRequest.Body
  let url: String
  let digests: FileDigests
  /// Whether digests go with it in Artifactory's header fields, so that the server compares them.
  let sendsDigests: Bool

  /// Sends it, unless it is there and may stay.
  ///
  /// A server that has the file tells so in its own way: Nexus by 400, Artifactory by 403 or 409, Gitea by 409. Those
  /// statuses mean other things as well, so the server is asked whether the file is there.
  func send(_ client: RepositoryClient, skipsExisting: Bool) async throws -> Publication.Outcome {
    if skipsExisting, try await isThere(client) { return .alreadyThere("the server has \(url)") }
    var request = WebRequest("PUT", url)
    request.body = body
    request.expectsContinue = true
    request.headers = [("Content-Type", "application/octet-stream")]
    if sendsDigests {
      request.headers += [
        ("X-Checksum-Sha256", digests.hexadecimal(.sha256)), ("X-Checksum-Sha1", digests.hexadecimal(.sha1)),
        ("X-Checksum-Md5", digests.hexadecimal(.md5)),
      ]
    }
    let answer = try await client.send(request)
    if answer.response.isSuccess { return .published(url) }
    if skipsExisting || answer.mayBeRepeated, [400, 403, 409].contains(answer.status), try await isThere(client) {
      let reason = answer.mayBeRepeated ? ", after an attempt whose answer was lost," : ""
      return .alreadyThere("the server answered \(answer.status)\(reason) and has \(url)")
    }
    throw RepositoryClient.refusal(url, answer.response)
  }

  private func isThere(_ client: RepositoryClient) async throws -> Bool {
    try await client.send(WebRequest("HEAD", url)).response.isSuccess
  }
}
