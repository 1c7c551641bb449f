/// One phase of a build, in the order builds go through them (AWS CodeBuild's names; see the user guide, "Build phase
/// transitions").
public enum BuildPhase: String, Sendable, Codable, CaseIterable {
  /// The workspace and the sandbox are set up.
  case provisioning = "PROVISIONING"
  /// The source arrives, the buildspec is read, secrets are resolved, caches are restored.
  case downloadSource = "DOWNLOAD_SOURCE"
  /// The buildspec's `install`.
  case install = "INSTALL"
  /// The buildspec's `pre_build`.
  case preBuild = "PRE_BUILD"
  /// The buildspec's `build`.
  case build = "BUILD"
  /// The buildspec's `post_build`; caches are saved at its end.
  case postBuild = "POST_BUILD"
  /// Reports are read, artifacts collected, packaged, sealed and stored.
  case uploadArtifacts = "UPLOAD_ARTIFACTS"
  /// The sandbox ends and the workspace is cleaned up.
  case finalizing = "FINALIZING"
}

/// How a phase stands or has ended.
public enum PhaseStatus: String, Sendable, Codable {
  /// Every command succeeded.
  case succeeded = "SUCCEEDED"
  /// A command or a step failed.
  case failed = "FAILED"
  /// The agent or the machine failed, not the build.
  case fault = "FAULT"
  /// The time of the command, phase or build was up.
  case timedOut = "TIMED_OUT"
  /// Somebody stopped the build.
  case stopped = "STOPPED"
}

/// Why a phase ended as it did: CodeBuild's "phase context".
public struct PhaseContext: Sendable, Hashable, Codable {
  /// A code such as `COMMAND_EXECUTION_ERROR`, `YAML_FILE_ERROR` or `CLIENT_ERROR`; empty when there is nothing to say.
  public var statusCode: String
  /// The explanation for people, secrets masked.
  public var message: String

  /// A context of code and message.
  public init(statusCode: String, message: String) {
    self.statusCode = statusCode
    self.message = message
  }
}
