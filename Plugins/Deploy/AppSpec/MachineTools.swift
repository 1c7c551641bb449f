import Foundation
import JourneymanActionKit

/// Programs of the machine that set what has no system call: access control lists and SELinux labels.
struct MachineTools: Sendable {
  let context: ActionContext

  /// Makes sure, before anything is changed, that what a revision needs is there.
  ///
  /// - Throws: `PluginError` that says what to install.
  func check(for spec: AppSpec) async throws {
    if let entry = spec.permissions.first(where: { !$0.acls.isEmpty }) {
      try await require("setfacl", "acls", "acl", "\(spec.name):\(entry.line)")
    }
    if let entry = spec.permissions.first(where: { $0.context != nil }) {
      try await require("semanage", "context", "policycoreutils-python-utils", "\(spec.name):\(entry.line)")
    }
  }

  /// Sets the access control lists of what was installed.
  func setLists(_ plan: InstallPlan) async throws {
    var files: [String: [String]] = [:]
    for item in plan.items where !item.acls.isEmpty {
      files[Self.list(mode: item.mode, item.acls), default: []].append(item.path)
    }
    for (list, paths) in files.sorted(by: { $0.key < $1.key }) {
      var rest = paths[...]
      while !rest.isEmpty {
        try await run("setfacl", ["--set", list, "--"] + rest.prefix(200))
        rest = rest.dropFirst(200)
      }
    }
  }

  /// Sets a label.
  func label(_ label: DeployedState.Labelled) async throws {
    var arguments = ["fcontext", "-a", "-t", label.context.type]
    if let user = label.context.user { arguments += ["-s", user] }
    if let range = label.context.range { arguments += ["-r", range] }
    try await run("semanage", arguments + [Self.expression(label.path)])
    try await run("restorecon", ["-v", label.path])
  }

  /// Takes a label away.
  func unlabel(_ label: DeployedState.Labelled) async throws {
    try await run("semanage", ["fcontext", "-d", Self.expression(label.path)])
  }

  /// The base entries follow from the mode, the others are named; the mask is what `setfacl` makes of both.
  static func list(mode: UInt32, _ entries: [AccessControlEntry]) -> String {
    let base = [("user", 6), ("group", 3), ("other", 0)].map { name, shift in
      let bits = mode >> UInt32(shift) & 7
      return "\(name)::" + (bits & 4 != 0 ? "r" : "-") + (bits & 2 != 0 ? "w" : "-") + (bits & 1 != 0 ? "x" : "-")
    }
    return (base + entries.map(\.text)).joined(separator: ",")
  }

  /// `semanage` takes regular expressions.
  private static func expression(_ path: String) -> String {
    path.map { ".^$*+?()[]{}|\\".contains($0) ? "\\\($0)" : "\($0)" }.joined()
  }

  private func require(_ program: String, _ key: String, _ package: String, _ place: String) async throws {
    let found = try await context.run(
      ProcessRequest(shell: "command -v \(program)", place: .host, printing: .discard))
    if !found.isSuccess {
      throw PluginError(
        .failed, "\(place): '\(key)' needs the program \(program), which is not on this machine; install \(package)")
    }
  }

  private func run(_ program: String, _ arguments: [String]) async throws {
    let result = try await context.run(ProcessRequest(program, arguments, place: .host, printing: .log))
    if !result.isSuccess {
      let shown = arguments.map { $0.prefix(200) }.prefix(8).joined(separator: " ")
      throw PluginError(.failed, "\(program) \(shown) ended with \(result.exitCode)")
    }
  }
}
