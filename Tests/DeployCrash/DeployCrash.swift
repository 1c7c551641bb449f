import DeployAction
import DeploySite
import Foundation
import JourneymanActionKit
import Synchronization

/// A deployment in a process that ends itself with SIGKILL at a step of its record: tests kill it there, or from outside
/// at any moment.
///
///     deploy-crash WORKSPACE SETTINGS STEP [exit]
///
/// SETTINGS is what stands under `with:`, as JSON. Prints each step, and how the deployment ended. STEP counts from 1; 0
/// is none.
@main
struct DeployCrash {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4, let last = Int(arguments[3]) else { exit(2) }
    let settings = try JSONDecoder().decode(AppSpecSettings.self, from: Data(arguments[2].utf8))
    let scratch = NSTemporaryDirectory() + "deploy-crash-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let site = try DeploySite(workspace: arguments[1], scratch: scratch)
    let seen = Mutex(0)
    let target = AppSpecTarget(settings, patience: HookPatience(termination: .seconds(1), output: .seconds(2))) {
      step in
      let count = seen.withLock { count in
        count += 1
        return count
      }
      print("step", count, step)
      fflush(nil)
      if count == last { kill(getpid(), SIGKILL) }
    }
    let outcome = try await target.deploy(site.context)
    await site.end()
    for line in site.log { print(line) }
    print(outcome.status.rawValue, outcome.message)
  }
}
