import Foundation
import JourneymanActionKit

/// What stands under `with:` for `target: appspec`.
package struct AppSpecSettings: Decodable, Sendable {
  /// The revision: a directory of the workspace or an archive in it.
  var revision: String?
  /// Where state lies.
  var root: String?
  /// Whether to go on when the scripts of the previous revision fail or are gone.
  var force: Bool?
  var application: String?
  var group: String?
  var fileExistsBehavior: String?
  var restartPrevious: Bool?
  /// How many deployments stay.
  var keep: Int?

  private enum CodingKeys: String, CodingKey {
    case revision, root, force, application, group, keep
    case restartPrevious = "restart-previous"
    case fileExistsBehavior = "file-exists-behavior"
  }

  /// The keys of this target alone: `root`, `force` and so on. `keep` is shared with other targets.
  static let keys: [ConfigurationKey] = [
    ConfigurationKey(
      "revision", .text, "appspec: the revision, a directory of the workspace or a zip, tar or tar.gz archive in it."),
    ConfigurationKey(
      "root", .text, "appspec: the directory on this machine where the state of deployments lies.",
      defaultText: "/var/lib/journeyman-deployments for root, ~/.local/state/journeyman-deployments for others"),
    ConfigurationKey(
      "force", .boolean, "appspec: go on when the previous revision's scripts fail or are gone.", defaultText: "no"),
    ConfigurationKey("application", .text, "appspec: APPLICATION_NAME for the scripts.", defaultText: "the project"),
    ConfigurationKey(
      "group", .text, "appspec: the deployment group; revisions replace each other within one.",
      defaultText: "the application"),
    ConfigurationKey(
      "file-exists-behavior", .choice(AppSpec.ExistingFiles.allCases.map(\.rawValue)),
      "appspec: what to do with files in the way that no deployment put there, if the AppSpec file does not say.",
      defaultText: AppSpec.ExistingFiles.disallow.rawValue),
    ConfigurationKey(
      "restart-previous", .boolean,
      "appspec: whether the previous revision is started again when its files had to be put back.",
      defaultText: "yes"),
  ]

  /// What the action gives.
  static let outputs: [PluginManifest.Item] = [
    .init("deployment-id", "The deployment's name in the state directory (appspec)."),
    .init("previous-deployment-id", "The deployment that it replaces, if there is one (appspec)."),
    .init(
      "error-code",
      "Why a script failed, by CodeDeploy's numbers: 1 missing, 2 not executable, 3 timeout, 4 exit "
        + "status, 5 unknown, 6 output left open (appspec)."),
    .init("log", "The scripts' log on this machine (appspec)."),
  ]

  /// - Throws: `PluginConfigurationError` for values that do not make sense.
  func check() throws(PluginConfigurationError) {
    guard let revision, !revision.isEmpty else {
      throw PluginConfigurationError("revision", "name the directory or archive that holds appspec.yml")
    }
    if let root, !PathText.isAbsolute(root) || PathText.names(root).contains("..") || Self.clean(root) == "/" {
      throw PluginConfigurationError("root", "has to be an absolute path without '..'")
    }
    for (key, name) in [("application", application), ("group", group)] {
      if let name, !Self.isName(name) {
        throw PluginConfigurationError(
          key, "has to be 1 to 100 letters, digits, '.', '_' and '-', and begin with none of these")
      }
    }
    if let fileExistsBehavior, AppSpec.ExistingFiles(rawValue: fileExistsBehavior) == nil {
      throw PluginConfigurationError("file-exists-behavior", "has to be DISALLOW, OVERWRITE or RETAIN")
    }
    if let keep, !(1...1000).contains(keep) { throw PluginConfigurationError("keep", "has to be 1 to 1000") }
  }

  /// The directory that holds the state.
  var stateRoot: String {
    if let root { return Self.clean(root) }
    return geteuid() == 0
      ? "/var/lib/journeyman-deployments" : NSHomeDirectory() + "/.local/state/journeyman-deployments"
  }

  /// The application's name.
  func applicationName(of build: BuildDescription) -> String { application ?? Self.name(from: build.project) }

  /// The deployment group's name.
  func groupName(of build: BuildDescription) -> String { group ?? applicationName(of: build) }

  private static func clean(_ path: String) -> String { "/" + PathText.names(path).joined(separator: "/") }

  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, name.utf8.count <= 100, !".-_".utf8.contains(first) else { return false }
    return name.utf8.allSatisfy {
      (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || ".-_".utf8.contains($0)
    }
  }

  /// A name out of any text.
  private static func name(from text: String) -> String {
    let kept = String(text.map { isName("a\($0)") ? $0 : "-" }.drop { ".-_".contains($0) }.prefix(100))
    return kept.isEmpty ? "application" : kept
  }
}
