import Foundation

/// A script of an event that failed, with CodeDeploy's number for how.
struct HookFailure: Error, Sendable, CustomStringConvertible {
  /// CodeDeploy's numbers.
  enum Code: Int, Sendable {
    case missing = 1
    case notExecutable = 2
    case timedOut = 3
    case failed = 4
    case unknown = 5
    case outputLeftOpen = 6
  }

  var code: Code
  var event: LifecycleEvent
  /// The script as the AppSpec file has it.
  var script: String
  var message: String
  /// The last bytes of what it printed.
  var log = ""

  /// `ApplicationStart: Script at specified location: start.sh failed with exit code 1`
  var description: String { "\(event.rawValue): \(message)" }

  /// What CodeDeploy's console shows as diagnostics.
  var diagnostics: [UInt8] {
    let fields: [String: Any] = [
      "error_code": code.rawValue, "script_name": script, "message": message, "log": log,
    ]
    let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return (try? JSONSerialization.data(withJSONObject: fields, options: options)).map(Array.init) ?? []
  }
}
