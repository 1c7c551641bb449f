/// Where one deployment group keeps its state: the reference agent's layout beneath `root`.
struct DeploymentPaths: Sendable {
  /// The group's directory.
  let group: String

  init(root: String, group: String) { self.group = root + "/" + group }

  /// Held while a deployment of the group runs.
  var lock: String { group + "/lock" }
  /// What is deployed.
  var state: String { group + "/state.json" }
  /// What the deployment under way has to undo if it does not end.
  var journal: String { group + "/journal" }

  func deployment(_ id: String) -> String { group + "/" + id }
  /// The unpacked revision.
  func archive(_ id: String) -> String { deployment(id) + "/deployment-archive" }
  func logs(_ id: String) -> String { deployment(id) + "/logs" }
  func log(_ id: String) -> String { logs(id) + "/scripts.log" }
  func diagnostics(_ id: String) -> String { logs(id) + "/diagnostics.json" }
  /// What the deployment took away, until it has ended well.
  func saved(_ id: String) -> String { deployment(id) + "/saved" }
  /// What belongs to a script that runs.
  func running(_ id: String) -> String { deployment(id) + "/running" }
}
