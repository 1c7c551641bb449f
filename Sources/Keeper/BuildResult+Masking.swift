internal import JourneymanBuildModel
internal import JourneymanSupport

extension BuildResult {
  /// The same result with every text masked that came from the build or from outside.
  func masked(by masker: SecretMasker) -> BuildResult {
    var copy = self
    copy.source = source.masked(by: masker)
    copy.phases = phases.map { $0.masked(by: masker) }
    copy.actions = actions.map { $0.masked(by: masker) }
    copy.artifacts = artifacts.map { $0.masked(by: masker) }
    copy.reports = reports.map { report in
      var copy = report
      copy.name = masker.masked(report.name)
      copy.format = masker.masked(report.format)
      copy.files = report.files.map(masker.masked)
      return copy
    }
    copy.exportedVariables = exportedVariables.masked(by: masker)
    return copy
  }
}

extension SourceRevision {
  func masked(by masker: SecretMasker) -> SourceRevision {
    SourceRevision(url: masker.masked(url), revision: revision.map(masker.masked))
  }
}

extension PhaseResult {
  func masked(by masker: SecretMasker) -> PhaseResult {
    var copy = self
    copy.context = context.map {
      PhaseContext(statusCode: masker.masked($0.statusCode), message: masker.masked($0.message))
    }
    return copy
  }
}

extension ActionResult {
  func masked(by masker: SecretMasker) -> ActionResult {
    ActionResult(
      name: masker.masked(name), uses: masker.masked(uses), status: status, message: masker.masked(message),
      outputs: outputs.masked(by: masker))
  }
}

extension ArtifactResult {
  func masked(by masker: SecretMasker) -> ArtifactResult {
    var copy = self
    copy.identifier = masker.masked(identifier)
    copy.file = masker.masked(file)
    return copy
  }
}

extension [String: String] {
  fileprivate func masked(by masker: SecretMasker) -> [String: String] {
    [String: String](map { (masker.masked($0.key), masker.masked($0.value)) }) { first, _ in first }
  }
}
