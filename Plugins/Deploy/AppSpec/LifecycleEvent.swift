/// A step of a deployment, by the names that CodeDeploy gives them.
enum LifecycleEvent: String, Sendable, Hashable, CaseIterable {
  case beforeBlockTraffic = "BeforeBlockTraffic"
  case afterBlockTraffic = "AfterBlockTraffic"
  case applicationStop = "ApplicationStop"
  case beforeInstall = "BeforeInstall"
  case install = "Install"
  case afterInstall = "AfterInstall"
  case applicationStart = "ApplicationStart"
  case validateService = "ValidateService"
  case beforeAllowTraffic = "BeforeAllowTraffic"
  case afterAllowTraffic = "AfterAllowTraffic"

  /// Whether scripts can be attached to it.
  var takesScripts: Bool { self != .install }

  /// Whether its scripts are those of the revision that runs so far: it is what has to be stopped.
  var belongsToPrevious: Bool {
    switch self {
    case .beforeBlockTraffic, .afterBlockTraffic, .applicationStop: true
    default: false
    }
  }

  /// Steps of CodeDeploy itself, which take no scripts.
  static let others: Set<String> = ["Start", "DownloadBundle", "BlockTraffic", "AllowTraffic", "End"]
}
