import JourneymanBuildModel
import JourneymanBuildspec
import JourneymanSupport

/// The variables a build begins with (`specs/BUILDSPEC.md` §6).
struct BuildEnvironment {
  let request: BuildRequest
  let source: SourceRevision
  /// What the checkout says about the source; empty for a directory.
  let checkout: [String: String]
  /// The directory the build starts in, as its commands see it.
  let sourceDirectory: String
  /// The build's home directory, as its commands see it.
  let home: String
  /// The name of the user the build runs as, as its commands see it.
  let user: String
  let startedAt: Timestamp

  /// All variables by precedence: given from outside, over the buildspec's, over those of the agent.
  ///
  /// - Parameter resolved: the values of the buildspec's secret references, by variable.
  func variables(of buildspec: Buildspec, resolved: [String: String]) -> [String: String] {
    var variables = request.inherited
    variables.merge(own) { $1 }
    variables.merge(buildspec.environment.variables.map { ($0.name, $0.value) }) { $1 }
    variables.merge(resolved) { $1 }
    variables.merge(request.environment) { $1 }
    return variables.filter { Self.isValidName($0.key) && !$0.value.utf8.contains(0) }
  }

  /// What CodeBuild sets and what has a meaning on this machine.
  private var own: [String: String] {
    let build = "\(request.project):\(request.id)"
    var variables = [
      "HOME": home,
      "USER": user,
      "CODEBUILD_BUILD_ARN": "arn:aws:codebuild:local:000000000000:build/\(build)",
      "CODEBUILD_BUILD_ID": build,
      "CODEBUILD_BUILD_NUMBER": String(request.number),
      "CODEBUILD_BUILD_SUCCEEDING": "1",
      "CODEBUILD_CI": "true",
      "CODEBUILD_INITIATOR": request.initiator,
      "CODEBUILD_LOCAL_BUILD": "true",
      "CODEBUILD_LOG_PATH": request.id,
      "CODEBUILD_SOURCE_REPO_URL": source.url,
      "CODEBUILD_SRC_DIR": sourceDirectory,
      "CODEBUILD_START_TIME": String(startedAt.microseconds / 1000),
    ]
    variables["CODEBUILD_RESOLVED_SOURCE_VERSION"] = source.revision
    variables["CODEBUILD_SOURCE_VERSION"] = source.revision
    variables.merge(checkout) { $1 }
    variables["CODEBUILD_BATCH_BUILD_IDENTIFIER"] = request.batchTask
    return variables
  }

  /// Whether a shell can have a variable of this name.
  static func isValidName(_ name: String) -> Bool {
    guard let first = name.utf8.first, first == UInt8(ascii: "_") || !(48...57).contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
      byte == UInt8(ascii: "_") || (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
  }
}
