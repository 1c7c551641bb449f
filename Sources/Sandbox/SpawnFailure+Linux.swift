import CSandbox
import JourneymanSupport

/// Words for a process that could not be started.
enum SpawnFailure {
  static func explained(
    stage: Int32, _ error: SystemError, executable: String, directory: String, user: String
  ) -> SandboxError {
    switch UInt32(bitPattern: stage) {
    case SANDBOX_STAGE_EXEC.rawValue:
      SandboxError(.cannotExecute, "cannot execute \(executable): \(error.reason)", underlying: error)
    case SANDBOX_STAGE_DIRECTORY.rawValue:
      SandboxError(.system, "cannot start \(executable) in \(directory): \(error.reason)", underlying: error)
    case SANDBOX_STAGE_USER.rawValue:
      SandboxError(.cannotBecomeUser, "cannot run \(executable) as user \(user): \(error.reason)", underlying: error)
    default:
      SandboxError(.system, "cannot start \(executable): \(error)", underlying: error)
    }
  }
}
