extension BuildspecReader {
  func environment(_ file: MappingReader, version: Buildspec.Version) -> Buildspec.Environment {
    var result = Buildspec.Environment()
    if version == .v01, let old = file.mapping("environment_variables") {
      old.warnOfKeys(otherThan: ["plaintext"])
      result.variables = variables(old, "plaintext")
    }
    guard let env = file.mapping("env") else { return result }
    env.warnOfKeys(otherThan: [
      "shell", "variables", "parameter-store", "secrets-manager", "exported-variables", "git-credential-helper",
    ])
    result.shell = shell(env)
    result.variables += variables(env, "variables")
    result.parameterStore = pairs(env, "parameter-store").compactMap { name, value, mark in
      if value.isEmpty { env.error("names no parameter", key: "parameter-store.\(name)", at: mark) }
      return Buildspec.ParameterReference(variable: name, parameter: value)
    }
    result.secretsManager = pairs(env, "secrets-manager").compactMap { name, value, mark in
      switch Buildspec.SecretReference.parse(value, variable: name) {
      case .success(let reference): return reference
      case .failure(let error):
        env.error(error.message, key: "secrets-manager.\(name)", at: mark)
        return nil
      }
    }
    result.exportedVariables = exportedVariables(env)
    result.usesGitCredentialHelper = env.flag("git-credential-helper") ?? false
    keepLastOfEachName(&result, at: env.mark)
    return result
  }

  /// Variables of a mapping of names to texts.
  func variables(_ reader: MappingReader, _ key: String) -> [Buildspec.EnvironmentVariable] {
    pairs(reader, key).map { Buildspec.EnvironmentVariable(name: $0.name, value: $0.value) }
  }

  /// The entries of a mapping whose keys are the names of variables.
  private func pairs(
    _ reader: MappingReader, _ key: String
  ) -> [(name: String, value: String, mark: YAMLMark)] {
    reader.pairs(key).filter { checkName($0.name, reader, at: $0.mark) }
  }

  /// - Returns: whether a process can have a variable of that name at all.
  func checkName(_ name: String, _ reader: MappingReader, at mark: YAMLMark) -> Bool {
    if name.isEmpty || name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "=") }) {
      reader.error("'\(name.prefix(40))' cannot be the name of a variable", at: mark)
      return false
    }
    if name.hasPrefix("CODEBUILD_") {
      problems.warning(
        "\(reader.path): names that start with CODEBUILD_ are reserved: '\(name)'", at: mark, code: .unusableName)
    } else if !Self.isShellName(name) {
      problems.warning(
        "\(reader.path): a shell cannot use a variable named '\(name.prefix(40))'", at: mark, code: .unusableName)
    }
    return true
  }

  private static func isShellName(_ name: String) -> Bool {
    name.utf8.first.map { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
      && name.unicodeScalars.allSatisfy { $0 == "_" || $0.isASCII && $0.properties.isAlphabetic || ("0"..."9") ~= $0 }
  }

  private func shell(_ env: MappingReader) -> Buildspec.Environment.Shell? {
    guard let text = env.text("shell") else { return nil }
    switch text {
    case "bash", "/bin/bash": return .bash
    case "sh", "/bin/sh": return .sh
    case "powershell.exe", "powershell": return .powershell
    case "cmd.exe", "cmd": return .cmd
    default:
      env.error("'\(text.prefix(40))' is not one of bash, /bin/sh, powershell.exe, cmd.exe", key: "shell")
      return nil
    }
  }

  private func exportedVariables(_ env: MappingReader) -> [String] {
    let mark = env["exported-variables"]?.mark ?? env.mark
    return env.texts("exported-variables").filter { name in
      if name.hasPrefix("AWS_") {
        problems.warning(
          "env.exported-variables: variables that start with AWS_ cannot be exported: '\(name)' is left out",
          at: mark, code: .ignored)
        return false
      }
      return checkName(name, env, at: mark)
    }
  }

  /// A name under several of `variables`, `parameter-store` and `secrets-manager` takes its value from the last of them.
  private func keepLastOfEachName(_ environment: inout Buildspec.Environment, at mark: YAMLMark) {
    let secrets = Set(environment.secretsManager.map(\.variable))
    let parameters = Set(environment.parameterStore.map(\.variable))
    func drop(_ name: String, for later: String) {
      problems.warning(
        "env: '\(name)' takes its value from \(later), the other value is left out", at: mark, code: .ignored)
    }
    environment.parameterStore.removeAll {
      if !secrets.contains($0.variable) { return false }
      drop($0.variable, for: "secrets-manager")
      return true
    }
    environment.variables.removeAll {
      let inSecrets = secrets.contains($0.name)
      if !inSecrets && !parameters.contains($0.name) { return false }
      drop($0.name, for: inSecrets ? "secrets-manager" : "parameter-store")
      return true
    }
  }
}
