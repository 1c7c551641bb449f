internal import JourneymanSandbox
internal import JourneymanSupport

/// Ends processes by their environment, as Jenkins asks for it: a command that runs inside the sandbox, so that it can
/// look at nothing else.
enum ProcessHunt {
  /// The variables come as arguments, so that the hunter itself does not have them.
  private static let script = """
    grace=$1; shift
    hunt() {
      found=
      for process in /proc/[0-9]*; do
        number=${process#/proc/}
        [ "$number" = $$ ] && continue
        variables=$(tr '\\0' '\\n' 2>/dev/null <"$process/environ") || continue
        for pair; do
          case "
    $variables
    " in *"
    $pair
    "*) ;; *) continue 2 ;; esac
        done
        found=1
        kill "$signal" "$number" 2>/dev/null
      done
    }
    signal=-TERM; hunt "$@"
    signal=-0
    while [ -n "$found" ] && [ "$grace" -gt 0 ]; do
      sleep 0.1; grace=$((grace - 1)); hunt "$@"
    done
    [ -z "$found" ] || { signal=-KILL; hunt "$@"; }
    """

  static func command(_ environment: [String: String], grace: Duration) -> Command {
    let pairs = environment.map { "\($0.key)=\($0.value)" }.sorted()
    return Command(
      executable: "/bin/sh", arguments: ["-c", script, "hunt", String(Int(grace.seconds * 10))] + pairs,
      environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"], timeout: grace + .seconds(30), teardown: [.kill])
  }
}
