/// How a command inside a controller's job finds the agent that runs it.
public enum JobPlace {
  /// The variable of the environment that names the directory with the job's socket. Whoever can reach the socket is of
  /// the job: it is mounted into the sandbox of this job alone.
  public static let variable = "JOURNEYMAN_JOB"
  /// Where the directory is in a strict sandbox.
  public static let directory = "/run/journeyman/job"
  /// Where the program `journeyman` is in a strict sandbox; the last directory of the search path.
  public static let programs = "/run/journeyman/bin"

  /// The files by which the shells of a build carry its state from command to command. Who makes their directory makes
  /// them too, so that they belong to the build's user.
  public static let stateFiles = ["env.sh", "cwd", "script.sh", "value"]
}
