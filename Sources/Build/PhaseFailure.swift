import JourneymanArtifacts
import JourneymanBuildModel
import JourneymanCheckout
import JourneymanSandbox
import JourneymanSupport

/// What an error means for the phase in which it was thrown.
enum PhaseFailure {
  /// The phase's status and context (codes of `specs/BUILDSPEC.md` §8, and a few of our own for what only we can meet).
  static func outcome(of error: any Error, ending: BuildEnding) -> PhaseRunner.Outcome {
    switch ending.reason {
    case .stop: return outcome(.stopped, "BUILD_STOPPED", "the build was stopped")
    case .timeOut: return outcome(.timedOut, "BUILD_TIMED_OUT", "the build timed out")
    case .limit(let sentence): return outcome(.failed, "COMMAND_EXECUTION_ERROR", sentence)
    case nil: break
    }
    switch error {
    case let error as BuildError:
      switch error.code {
      case .buildspec: return outcome(.failed, "YAML_FILE_ERROR", error.message)
      case .batch: return outcome(.failed, "BATCH_SPEC_VALIDATION_ERROR", error.message)
      case .secretMissing: return outcome(.failed, "Decrypted Variables Error", error.message)
      case .stateLost: return outcome(.failed, "COMMAND_EXECUTION_ERROR", error.message)
      case .unsupported: return outcome(.failed, "CLIENT_ERROR", error.message)
      default: return outcome(.fault, "AGENT_FAULT", error.message)
      }
    case let error as ArtifactError: return outcome(.failed, error.statusCode, error.message)
    case let error as SandboxError where error.code == .cannotBecomeUser:
      return outcome(.failed, "COMMAND_EXECUTION_ERROR", error.message)
    case let error as SandboxError: return outcome(.fault, "SANDBOX_ERROR", error.message)
    case let error as CheckoutError: return outcome(.fault, "CLIENT_ERROR", error.message)
    default: return outcome(.fault, "AGENT_FAULT", "\(error)")
    }
  }

  private static func outcome(_ status: PhaseStatus, _ code: String, _ message: String) -> PhaseRunner.Outcome {
    PhaseRunner.Outcome(status: status, context: [PhaseContext(statusCode: code, message: message)])
  }
}
