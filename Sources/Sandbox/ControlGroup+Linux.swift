import Foundation
import JourneymanSupport
import Synchronization

/// The control groups of one sandbox: one directory for each controller (version 1) or one for all (version 2).
///
/// See the kernel's admin-guide/cgroup-v2.rst and admin-guide/cgroup-v1.
final class ControlGroup: Sendable {
  /// What a controller bounds.
  enum Controller: String, Sendable, Hashable, Codable, CaseIterable {
    case memory, pids, cpu
  }

  /// A place where directories can be made.
  struct Parent: Sendable, Hashable, Codable {
    var path: String
    var isVersion2: Bool
    var controllers: Set<Controller>
  }

  /// One group.
  struct Directory: Sendable, Hashable, Codable {
    var path: String
    var parent: Parent
  }

  /// The groups, in the order in which they were made.
  let directories: [Directory]
  /// The controllers whose bounds hold.
  let controllers: Set<Controller>

  /// Makes groups with the bounds of a policy, wherever this user may.
  ///
  /// - Returns: `nil` when no controller is available for any of the bounds.
  ///
  /// - Parameters:
  ///   - parents: where groups can be made; `nil` is wherever this process may.
  ///   - makeDirectory: how a group is made; the kernel puts its files into it.
  static func make(
    for limits: SandboxPolicy.Limits, removed: Set<Protection>, parents: [Parent]? = nil,
    makeDirectory: (String) -> Bool = { mkdir($0, 0o755) == 0 }
  ) -> ControlGroup? {
    var wanted: Set<Controller> = []
    if limits.memory != nil && !removed.contains(.memoryLimit) { wanted.insert(.memory) }
    if limits.processes != nil && !removed.contains(.processLimit) { wanted.insert(.pids) }
    if limits.processors != nil { wanted.insert(.cpu) }
    if wanted.isEmpty { return nil }
    var made: [Directory] = []
    var covered: Set<Controller> = []
    let name = "journeyman-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    // Looked for only now: a sandbox without such limits needs none, and the search is a tenth of its start.
    for parent in parents ?? Self.parents() {
      let useful = parent.controllers.intersection(wanted).subtracting(covered)
      if useful.isEmpty { continue }
      let path = parent.path + "/" + name
      if !makeDirectory(path) { continue }
      let bounds = useful.flatMap { settings($0, limits, isVersion2: parent.isVersion2) }
      if bounds.allSatisfy({ write($0.value, to: path + "/" + $0.file) || $0.optional }) {
        made.append(Directory(path: path, parent: parent))
        covered.formUnion(useful)
      } else {
        rmdir(path)
      }
    }
    return covered.isEmpty ? nil : ControlGroup(made, covered)
  }

  /// Takes on groups that exist.
  init(_ directories: [Directory], _ controllers: Set<Controller>) {
    self.directories = directories
    self.controllers = controllers
  }

  /// The files a process joins by, opened for writing.
  func open() throws(SystemError) -> [OwnedFile] {
    var files: [OwnedFile] = []
    for directory in directories {
      files.append(OwnedFile(try FileSystem.open(directory.path + "/cgroup.procs", flags: O_WRONLY)))
    }
    return files
  }

  /// How often the kernel killed a process of the group for want of memory.
  var memoryKills: Int {
    counter("memory.events", "oom_kill", .memory, version2: true)
      + counter("memory.oom_control", "oom_kill", .memory, version2: false)
  }

  /// How often a new process was refused.
  var refusedProcesses: Int {
    counter("pids.events", "max", .pids, version2: true) + counter("pids.events", "max", .pids, version2: false)
  }

  /// Kills every process of the groups at once, where the kernel can (`cgroup.kill` of version 2): also one that has left
  /// its session and its parent.
  func kill() {
    for directory in directories where directory.parent.isVersion2 {
      _ = Self.write("1", to: directory.path + "/cgroup.kill")
    }
  }

  /// Removes the groups, once every process has left them.
  func remove() {
    for directory in directories {
      // A process that has just been collected may still be leaving.
      for _ in 0..<100 where rmdir(directory.path) != 0 && errno == EBUSY { usleep(2000) }
    }
  }

  private func counter(_ file: String, _ key: String, _ controller: Controller, version2: Bool) -> Int {
    for directory in directories
    where directory.parent.isVersion2 == version2 && directory.parent.controllers.contains(controller) {
      let text = (try? FileSystem.read(directory.path + "/" + file, limit: 4096)) ?? []
      for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
        let words = line.split(separator: " ")
        if words.count == 2, words[0] == key { return Int(words[1]) ?? 0 }
      }
    }
    return 0
  }

  private typealias Setting = (file: String, value: String, optional: Bool)

  private static func settings(
    _ controller: Controller, _ limits: SandboxPolicy.Limits, isVersion2: Bool
  ) -> [Setting] {
    switch controller {
    case .memory:
      let bytes = String(limits.memory ?? .max)
      // Where there is swap, it would only delay the end; kernels without it lack the file.
      return isVersion2
        ? [("memory.max", bytes, false), ("memory.swap.max", "0", true)]
        : [("memory.limit_in_bytes", bytes, false), ("memory.memsw.limit_in_bytes", bytes, true)]
    case .pids:
      // Init is one more.
      return [("pids.max", String((limits.processes ?? 0) + 1), false)]
    case .cpu:
      let quota = Int64(((limits.processors ?? 1) * 100_000).rounded())
      return isVersion2
        ? [("cpu.max", "\(max(1000, quota)) 100000", false)]
        : [("cpu.cfs_period_us", "100000", false), ("cpu.cfs_quota_us", String(max(1000, quota)), false)]
    }
  }

  fileprivate static func write(_ value: String, to path: String) -> Bool {
    guard let file = try? FileSystem.open(path, flags: O_WRONLY) else { return false }
    return (try? FileSystem.writeAll(Array(value.utf8), to: file.number, name: path)) != nil
  }
}

extension ControlGroup {
  /// Where this process may make groups: below its own, in each hierarchy it can write to.
  static func parents(mounts: String? = nil, membership: String? = nil) -> [Parent] {
    let mounts = mounts ?? text("/proc/self/mountinfo")
    let membership = membership ?? text("/proc/self/cgroup")
    var own: [String: String] = [:]
    for line in membership.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      if fields.count == 3 {
        for name in fields[1].split(separator: ",", omittingEmptySubsequences: false) {
          own[String(name)] = String(fields[2])
        }
      }
    }
    return mounts.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 3, dash > 4 else { return nil }
      let type = fields[dash + 1], root = String(fields[3]), point = String(fields[4])
      if type == "cgroup2" { return version2(point, below(root, own[""])) }
      guard type == "cgroup" else { return nil }
      let options = fields[dash + 3].split(separator: ",").map(String.init)
      let controllers = Set(options.compactMap(Controller.init(rawValue:)))
      guard let first = controllers.first, let inside = below(root, own[first.rawValue]) else { return nil }
      return Parent(path: point + inside, isVersion2: false, controllers: controllers)
    }
  }

  /// This process's path as seen from a mount that shows `root` of the hierarchy.
  private static func below(_ root: String, _ path: String?) -> String? {
    guard let path else { return nil }
    if root == "/" { return path == "/" ? "" : path }
    return path.hasPrefix(root) ? String(path.dropFirst(root.count)) : nil
  }

  private static func version2(_ point: String, _ path: String?) -> Parent? {
    guard let path else { return nil }
    let directory = point + path
    if access(directory + "/cgroup.procs", W_OK) != 0 { return nil }
    let available = Set(text(directory + "/cgroup.controllers").split(whereSeparator: \.isWhitespace).map(String.init))
    let controllers = Set(Controller.allCases.filter { available.contains($0.rawValue) })
    if controllers.isEmpty { return nil }
    enable(controllers, in: directory)
    let enabled = Set(
      text(directory + "/cgroup.subtree_control").split(whereSeparator: \.isWhitespace).map(String.init))
    let usable = controllers.filter { enabled.contains($0.rawValue) }
    return usable.isEmpty ? nil : Parent(path: directory, isVersion2: true, controllers: usable)
  }

  /// A group with processes of its own cannot bound groups below it, so the processes of a delegated group move into
  /// one beside the builds', as systemd's documentation on delegation asks for.
  private static func enable(_ controllers: Set<Controller>, in directory: String) {
    let request = controllers.map { "+\($0.rawValue)" }.sorted().joined(separator: " ")
    if write(request, to: directory + "/cgroup.subtree_control") { return }
    let leaf = directory + "/journeyman-agent"
    if mkdir(leaf, 0o755) != 0 && errno != EEXIST { return }
    for process in text(directory + "/cgroup.procs").split(separator: "\n") {
      _ = write(String(process), to: leaf + "/cgroup.procs")
    }
    _ = write(request, to: directory + "/cgroup.subtree_control")
  }

  private static func text(_ path: String) -> String {
    String(decoding: (try? FileSystem.read(path, limit: 4 << 20)) ?? [], as: UTF8.self)
  }
}
