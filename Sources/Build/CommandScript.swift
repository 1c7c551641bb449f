/// The script that carries one command of a buildspec out.
///
/// For version 0.2 the command's text starts at line 4, as on CodeBuild, so that shells name the same lines in their
/// messages; the lines before it go to the saved directory and take the saved environment over, those behind it save
/// both and end with the command's status. A command that leaves by `exit` saves nothing (`specs/BUILDSPEC.md` §5).
enum CommandScript {
  /// A command of version 0.2: directory and variables are carried over.
  static func carryingState(_ text: String, state: ShellState, workingDirectory: String) -> String {
    prologue(state, workingDirectory) + text + """


      CODEBUILD_LAST_EXIT=$?
      export -p > \(ShellQuoting.literal(state.environmentFile))
      pwd > \(ShellQuoting.literal(state.workingDirectoryFile))
      exit $CODEBUILD_LAST_EXIT

      """
  }

  /// A command of version 0.1, or one of the agent's own: it sees the saved state and leaves nothing behind.
  static func reading(_ text: String, state: ShellState, workingDirectory: String) -> String {
    prologue(state, workingDirectory) + text + "\n"
  }

  private static func prologue(_ state: ShellState, _ workingDirectory: String) -> String {
    """
    cd \(ShellQuoting.literal(workingDirectory)) || exit
    set -a
    . \(ShellQuoting.literal(state.environmentFile))

    """
  }
}
