internal import Foundation
internal import JourneymanSupport

/// An action plugin that is a program of its own: conform to it instead of ``ActionPlugin``, put `@main` before the type,
/// and the program speaks the agent's protocol on standard input and output.
///
/// ```swift
/// @main struct Slack: ExternalPlugin { … }
/// ```
///
/// Standard output belongs to the protocol: use ``ActionContext/log(_:_:)`` instead of `print`. What goes to standard error
/// becomes lines of the log.
public protocol ExternalPlugin: ActionPlugin {}

extension ExternalPlugin {
  /// Serves the agent that started this program, and ends it. With the argument `manifest` it prints the manifest as
  /// JSON instead, for `plugin.json`.
  public static func main() async {
    if CommandLine.arguments.dropFirst().first == "manifest" {
      exit(GuestManifest.print(manifest) ? 0 : 1)
    }
    exit(await Guest<Self>().serve() ? 0 : 1)
  }
}

/// Prints a manifest as `plugin.json` holds it.
enum GuestManifest {
  static func print(_ manifest: PluginManifest) -> Bool {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(manifest) else { return false }
    let bytes = Array(data) + [UInt8(ascii: "\n")]
    return (try? FileSystem.writeAll(bytes, to: STDOUT_FILENO, name: "standard output")) != nil
  }
}
