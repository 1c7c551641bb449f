internal import JourneymanActionKit
internal import JourneymanActionSupport

/// Python distributions by the upload form of PyPI, which pypiserver, devpi, Nexus, Artifactory, GitLab and CodeArtifact
/// take as well: https://docs.pypi.org/api/upload/
struct PyPIPublisher: Publisher {
  let address: RepositoryAddress
  let skipsExisting: Bool

  func prepare(_ files: [PackageFile], in context: ActionContext) async throws -> [Publication] {
    var publications: [Publication] = []
    for (index, file) in files.enumerated() {
      let distribution = try await Distribution(file)
      let digests = try await FileDigests.compute([.sha256], of: file.content)
      let metadata = distribution.metadata
      let title = "\(metadata.name) \(metadata.version) (\(file.name))"
      publications.append(
        Publication(
          title: title, files: [file.path], target: address.text,
          details: ["\(distribution.fileType), sha256 \(digests.hexadecimal(.sha256))"]
        ) { client in
          var form = MultipartForm()
          form.add(":action", "file_upload")
          form.add("protocol_version", "1")
          form.add("filetype", distribution.fileType)
          form.add("pyversion", distribution.pythonVersion)
          form.add("sha256_digest", digests.hexadecimal(.sha256))
          for field in metadata.formFields { form.add(field.name, field.value) }
          let body = try await form.write(
            file: file.content, field: "content", filename: file.name, to: "forms/\(index)", in: client.context.output)
          var request = WebRequest("POST", address.text)
          request.headers = [("Content-Type", form.contentType), ("Accept", "application/json, text/plain, */*;q=0.1")]
          request.body = .file(body)
          return try Self.outcome(try await client.send(request), title: title, address, skipsExisting)
        })
    }
    return publications
  }

  private static func outcome(
    _ answer: RepositoryClient.Answer, title: String, _ address: RepositoryAddress, _ skipsExisting: Bool
  ) throws -> Publication.Outcome {
    if answer.response.isSuccess {
      let isOld = answer.response.text.contains("identical file")
      return isOld ? .alreadyThere("the server has the identical file") : .published(address.text)
    }
    if isAlreadyThere(answer.response) {
      if skipsExisting { return .alreadyThere("the server answered \(answer.status)") }
      if answer.mayBeRepeated {
        return .alreadyThere("the server answered \(answer.status), after an attempt whose answer was lost")
      }
    }
    throw RepositoryClient.refusal(title, answer.response)
  }

  /// How servers say that they have a file, by status and text: pypiserver, PyPI, Nexus, Artifactory, GitLab; 409 is
  /// devpi's, CodeArtifact's and older pypiservers' way.
  static func isAlreadyThere(_ response: WebResponse) -> Bool {
    let text = response.text.prefix(20_000).lowercased()
    switch response.status {
    case 409: return true
    case 400:
      return ["already exist", "already been taken", "updating asset", "file name has already been used"]
        .contains(where: text.contains)
    case 403: return text.contains("overwrite artifact")
    default: return false
    }
  }
}
