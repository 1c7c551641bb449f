/// A failure that the git plugin is to get as its own exception: only then it tries the next meaning of a branch name,
/// or says what failed instead of breaking off.
struct GitException: Error, CustomStringConvertible {
  let description: String

  /// What the plugin gets when a git command fails.
  init(command: String, reason: String) {
    description = "Command \"git \(command)\" returned status code 128:\nstdout: \nstderr: fatal: \(reason)\n"
  }

  /// What the plugin gets when this agent cannot do what it asks.
  init(unsupported what: String) {
    description =
      "\(what) is not possible on this agent, which works without Java and without a git program; the chapter \"Work as a "
      + "Jenkins agent\" of Journeyman's README says what is"
  }

  /// The build was stopped.
  init(interrupted: Void) { description = "java.lang.InterruptedException" }
}
