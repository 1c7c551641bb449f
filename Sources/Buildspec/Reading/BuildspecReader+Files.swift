internal import JourneymanSupport

/// Artifacts, reports and cache: the sections that name files.
extension BuildspecReader {
  func artifacts(_ file: MappingReader, version: Buildspec.Version) -> Buildspec.Artifacts {
    guard let reader = file.mapping("artifacts") else { return Buildspec.Artifacts() }
    // 0.1 had a type, which is always zip.
    let more = version == .v01 ? ["secondary-artifacts", "type"] : ["secondary-artifacts"]
    var result = Buildspec.Artifacts()
    let primary = artifact(reader, identifier: nil, knownToo: more)
    if let secondary = reader.mapping("secondary-artifacts") {
      for entry in secondary.entries {
        guard let identifier = entry.key.scalar?.text else { continue }
        let set = secondary.mapping(identifier).map { artifact($0, identifier: identifier, knownToo: []) }
        if let set { result.secondary.append(set) }
        if set?.files.isEmpty ?? entry.value.isNull {
          secondary.error("files is missing: the artifact would be empty", key: identifier, at: entry.key.mark)
        }
      }
    }
    if !primary.files.isEmpty {
      result.primary = primary
    } else if result.secondary.isEmpty {
      problems.warning("artifacts: no files are named, so there is no artifact", at: reader.mark, code: .ignored)
    }
    return result
  }

  private func artifact(
    _ reader: MappingReader, identifier: String?, knownToo more: [String]
  ) -> Buildspec.ArtifactSet {
    reader.warnOfKeys(
      otherThan: [
        "files", "name", "discard-paths", "base-directory", "exclude-paths", "enable-symlinks", "s3-prefix",
      ] + more)
    return Buildspec.ArtifactSet(
      identifier: identifier, files: patterns(reader, "files"), name: reader.text("name"),
      discardsPaths: reader.flag("discard-paths") ?? false, baseDirectory: reader.text("base-directory"),
      excludePaths: patterns(reader, "exclude-paths"), keepsSymlinks: reader.flag("enable-symlinks") ?? false,
      s3Prefix: reader.text("s3-prefix"))
  }

  func reports(_ file: MappingReader) -> [Buildspec.ReportGroup] {
    guard let reports = file.mapping("reports") else { return [] }
    let groups: [Buildspec.ReportGroup] = reports.entries.compactMap { entry in
      guard let name = entry.key.scalar?.text else { return nil }
      if entry.value.isNull || entry.value.entries != nil && (entry.value["files"]?.isNull ?? true) {
        problems.warning(
          "\(reports.path(to: name)): files is missing, so nothing is reported", at: entry.key.mark, code: .ignored)
      }
      guard let reader = reports.mapping(name) else { return nil }
      reader.warnOfKeys(otherThan: ["files", "base-directory", "discard-paths", "file-format"])
      return Buildspec.ReportGroup(
        name: name, files: patterns(reader, "files"), baseDirectory: reader.text("base-directory"),
        discardsPaths: reader.flag("discard-paths") ?? false,
        format: reader.word("file-format", Buildspec.ReportGroup.Format.self) ?? .junit)
    }
    if groups.count > Buildspec.ReportGroup.mostGroups {
      problems.warning(
        "reports: CodeBuild accepts \(Buildspec.ReportGroup.mostGroups) groups for a project, these are "
          + "\(groups.count)", at: reports.mark, code: .ignored)
    }
    return groups
  }

  func cache(_ file: MappingReader) -> Buildspec.Cache? {
    guard let reader = file.mapping("cache") else { return nil }
    reader.warnOfKeys(otherThan: ["paths", "key", "fallback-keys", "action"])
    var cache = Buildspec.Cache(
      paths: patterns(reader, "paths"), key: reader.text("key"), fallbackKeys: reader.texts("fallback-keys"),
      action: reader.word("action", Buildspec.Cache.Action.self))
    if cache.key == nil && !cache.fallbackKeys.isEmpty {
      problems.warning("cache.fallback-keys has no effect without cache.key", at: reader.mark, code: .ignored)
      cache.fallbackKeys = []
    }
    if cache.fallbackKeys.count > Buildspec.Cache.mostFallbackKeys {
      problems.warning(
        "cache.fallback-keys: only the first \(Buildspec.Cache.mostFallbackKeys) are used", at: reader.mark,
        code: .ignored)
      cache.fallbackKeys.removeSubrange(Buildspec.Cache.mostFallbackKeys...)
    }
    return cache
  }

  /// Glob patterns as written; one that nobody could match in reasonable time is an error already here.
  private func patterns(_ reader: MappingReader, _ key: String) -> [String] {
    let patterns = reader.texts(key)
    for pattern in patterns {
      do throws(GlobPatternError) {
        try GlobPattern.check(pattern)
      } catch {
        reader.error(error.description, key: key)
      }
    }
    return patterns
  }
}
