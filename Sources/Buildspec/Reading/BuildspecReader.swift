/// Turns the node tree of a file into a buildspec, section by section; each section is read even when another is wrong,
/// so that all problems come at once.
struct BuildspecReader {
  let problems: Problems

  func read(_ root: YAMLNode?) -> Buildspec? {
    guard let root, !root.isNull else {
      problems.error("the buildspec is empty", at: root?.mark ?? YAMLMark(line: 1, column: 1))
      return nil
    }
    guard let file = MappingReader(root, path: "", problems: problems) else { return nil }
    let version = version(file)
    var known = [
      "version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache", "actions",
    ]
    if version == .v01 { known.append("environment_variables") }
    file.warnOfKeys(otherThan: known, section: "buildspec")
    var buildspec = Buildspec(version: version)
    buildspec.runAs = file.text("run-as")
    buildspec.environment = environment(file, version: version)
    buildspec.proxy = proxy(file)
    buildspec.batch = batch(file)
    buildspec.phases = phases(file)
    buildspec.reports = reports(file)
    buildspec.artifacts = artifacts(file, version: version)
    buildspec.cache = cache(file)
    buildspec.actions = actions(file)
    if file["phases"] == nil && file["batch"] == nil && file["actions"] == nil {
      problems.error("the buildspec has neither phases nor a batch: there is nothing to run", at: file.mark)
    }
    return buildspec
  }

  private func version(_ file: MappingReader) -> Buildspec.Version {
    guard let node = file["version"] else {
      problems.error("version is missing: a buildspec starts with 'version: 0.2'", at: file.mark)
      return .v02
    }
    guard let text = file.text("version") else { return .v02 }
    if file["batch"] != nil, node.scalar?.style != .plain {
      problems.warning(
        "CodeBuild refuses a quoted version in a batch: cannot unmarshal !!str `\(text.prefix(20))` into float64",
        at: node.mark, code: .version)
    }
    switch text.allSatisfy({ $0 == "." || ("0"..."9") ~= $0 }) ? Double(text) : nil {
    case 0.1: return .v01
    case 0.2: return .v02
    case .some:
      problems.warning("version \(text.prefix(20)) is unknown and read as 0.2", at: node.mark, code: .version)
    case nil:
      problems.error("version: '\(text.prefix(20))' is not 0.1 or 0.2", at: node.mark)
    }
    return .v02
  }

  private func proxy(_ file: MappingReader) -> Buildspec.Proxy {
    guard let proxy = file.mapping("proxy") else { return Buildspec.Proxy() }
    proxy.warnOfKeys(otherThan: ["upload-artifacts", "logs"])
    return Buildspec.Proxy(
      uploadsArtifacts: proxy.flag("upload-artifacts") ?? false, sendsLogs: proxy.flag("logs") ?? false)
  }
}
