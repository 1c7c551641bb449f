internal import JourneymanJavaStream

/// What Jenkins' own daily cleaning asks of a node, for each job.
enum WorkspaceCleanup {
  static func add(to table: inout CallableTable, _ retention: WorkspaceRetention) {
    table[file: "hudson.model.WorkspaceCleanupThread$CleanupOldWorkspaces"] = { task, path, _ in
      guard let days = task["retentionInDays"].integer, days > 0 else {
        throw JenkinsError(.protocolBroken, "the controller does not say how long workspaces are kept")
      }
      try await retention.removeUnchanged(path, days: days)
      return .null
    }
  }
}
