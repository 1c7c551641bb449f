import JourneymanBuildspec

/// Compares a buildspec's `runtime-versions` with what is installed. This agent selects no runtimes: a buildspec that
/// asks for some is warned with what it will find.
enum RuntimeVersionCheck {
  /// The script that prints one line per runtime: its name, a tab, and what is installed.
  static func script(for wanted: [Buildspec.RuntimeVersion]) -> String {
    let lines = wanted.compactMap { runtime in
      programs[runtime.name].map { program in
        "printf '%s\\t' \(ShellQuoting.literal(runtime.name));"
          + " { \(program) 2>&1 || echo; } < /dev/null | { read -r line; printf '%s\\n' \"$line\"; }"
      }
    }
    return "{ :\n" + lines.joined(separator: "\n") + "\n}"
  }

  /// A sentence for each runtime that was asked for.
  ///
  /// - Parameter printed: what the script printed.
  static func warnings(for wanted: [Buildspec.RuntimeVersion], printed: String) -> [String] {
    let found = Dictionary(
      printed.split(separator: "\n").map { line in
        let parts = line.split(separator: "\t", maxSplits: 1)
        return (String(parts.first ?? ""), parts.count == 2 ? String(parts[1]) : "")
      }, uniquingKeysWith: { $1 })
    return wanted.map { runtime in
      let asked = "runtime-versions: \(runtime.name) \(runtime.version) is not selected by this agent"
      guard programs[runtime.name] != nil else { return asked + "; it does not know that runtime" }
      let version = found[runtime.name] ?? ""
      return asked + (version.isEmpty ? "; none is installed" : "; installed is \(version)")
    }
  }

  /// How the runtimes of CodeBuild's images are asked for their version.
  private static let programs = [
    "android": "java -version", "dotnet": "dotnet --version", "docker": "docker --version",
    "golang": "go version", "java": "java -version", "nodejs": "node --version", "php": "php --version",
    "python": "python3 --version", "ruby": "ruby --version",
  ]
}
