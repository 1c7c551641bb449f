import CSandbox
import JourneymanSupport

/// What an init that outlives its worker keeps.
struct DurableDescriptors {
  /// The socket on which the next worker connects.
  var listener: Int32
  /// The lock on the build's user ids.
  var lock: Int32?

  func steps(_ sources: HostSources) throws(SystemError) -> [SetupStep] {
    var steps = [SetupStep(SANDBOX_STEP_DURABLE, descriptor: try sources.pass(listener))]
    if let lock { steps.append(SetupStep(SANDBOX_STEP_HOLD, descriptor: try sources.pass(lock))) }
    return steps
  }
}
