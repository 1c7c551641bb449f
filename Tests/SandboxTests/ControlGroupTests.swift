import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanSandbox

/// The logic of control groups, on directories that look like those of the kernel: not every machine delegates them.
@Suite struct ControlGroupTests {
  private let directory: TestDirectory
  private let limits = SandboxPolicy.Limits(memory: 64 << 20, processes: 40, processors: 1.5)

  init() throws { directory = try TestDirectory() }

  /// The lines of /proc/self/mountinfo and /proc/self/cgroup of a process in the group `/service` of version 2.
  private func parents(membership: String = "0::/service\n") -> [ControlGroup.Parent] {
    ControlGroup.parents(
      mounts: """
        22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
        30 22 0:26 / \(directory.path) rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate
        """, membership: membership)
  }

  /// What the kernel shows of a group that is delegated. Writing to a file here does not do what it does there, so the
  /// enabled controllers stand behind the place that a request is written to.
  private func delegate(_ controllers: String = "cpuset cpu io memory pids", enabled: String = "cpu memory pids") throws
  {
    try directory.write("service/cgroup.procs", "")
    try directory.write("service/cgroup.controllers", controllers + "\n")
    try directory.write("service/cgroup.subtree_control", String(repeating: " ", count: 40) + enabled + "\n")
  }

  @Test func `a group that is not there, or that others own, is no place`() throws {
    #expect(parents().isEmpty)
    #expect(parents(membership: "").isEmpty)
    #expect(parents(membership: "0::/../elsewhere\n").isEmpty)
  }

  @Test func `a delegated group's controllers are enabled for the groups below it`() throws {
    try delegate()
    let parent = try #require(parents().first)
    #expect(parents().count == 1)
    #expect(parent == .init(path: directory.path + "/service", isVersion2: true, controllers: [.memory, .pids, .cpu]))
    #expect(directory.read("service/cgroup.subtree_control")?.hasPrefix("+cpu +memory +pids ") == true)
  }

  @Test func `a controller that is not delegated is left out`() throws {
    try delegate("memory", enabled: "memory")
    #expect(parents().first?.controllers == [.memory])
    try delegate("cpuset io", enabled: "")
    #expect(parents().isEmpty)
  }

  @Test func `a group with processes of its own moves them into one beside the builds'`() throws {
    try delegate()
    // A group that refuses controllers because of its processes.
    try FileSystem.removeTree(directory.path + "/service/cgroup.subtree_control")
    try FileSystem.makeDirectories(directory.path + "/service/cgroup.subtree_control")
    try directory.write("service/cgroup.procs", "123456\n")
    try directory.write("service/journeyman-agent/cgroup.procs", "")
    #expect(parents().isEmpty)
    #expect(directory.read("service/journeyman-agent/cgroup.procs") == "123456")
  }

  /// Makes a group's directory with the files the kernel would put there.
  private static func kernel(_ files: [String]) -> (String) -> Bool {
    { path in
      guard mkdir(path, 0o755) == 0 else { return false }
      for file in files { close(open(path + "/" + file, O_CREAT | O_WRONLY, 0o644)) }
      return true
    }
  }

  private static let files = [
    "memory.max", "memory.swap.max", "pids.max", "cpu.max", "cgroup.procs", "cgroup.kill", "memory.events",
    "pids.events",
  ]

  @Test func `the bounds are written, and what the kernel counts is read`() throws {
    try delegate()
    let group = try #require(
      ControlGroup.make(for: limits, removed: [], parents: parents(), makeDirectory: Self.kernel(Self.files)))
    #expect(group.controllers == [.memory, .pids, .cpu])
    let path = try #require(group.directories.first?.path)
    let name = "service/" + (path as NSString).lastPathComponent
    #expect(directory.read(name + "/memory.max") == "67108864")
    #expect(directory.read(name + "/memory.swap.max") == "0")
    // Init is one more.
    #expect(directory.read(name + "/pids.max") == "41")
    #expect(directory.read(name + "/cpu.max") == "150000 100000")
    #expect(try group.open().count == 1)
    #expect(group.memoryKills == 0)
    #expect(group.refusedProcesses == 0)
    try directory.write(name + "/memory.events", "low 0\nmax 7\noom 2\noom_kill 3\n")
    try directory.write(name + "/pids.events", "max 5\n")
    #expect(group.memoryKills == 3)
    #expect(group.refusedProcesses == 5)
    group.kill()
    #expect(directory.read(name + "/cgroup.kill") == "1")
  }

  @Test func `a kernel without swap has no bound for it`() throws {
    try delegate()
    let group = ControlGroup.make(
      for: limits, removed: [], parents: parents(),
      makeDirectory: Self.kernel(Self.files.filter { $0 != "memory.swap.max" }))
    #expect(group?.controllers == [.memory, .pids, .cpu])
  }

  @Test func `a bound that cannot be set is not claimed`() throws {
    try delegate()
    let broken = Self.kernel(Self.files.filter { $0 != "pids.max" })
    #expect(ControlGroup.make(for: limits, removed: [], parents: parents(), makeDirectory: broken) == nil)
    #expect(ControlGroup.make(for: limits, removed: [], parents: []) == nil)
    #expect(ControlGroup.make(for: limits, removed: [], parents: parents(), makeDirectory: { _ in false }) == nil)
    #expect(ControlGroup.make(for: .init(disk: 1), removed: [], parents: parents()) == nil)
  }

  @Test func `without control groups each process gets what comes nearest`() {
    let policy = SandboxPolicy(limits: limits)
    let soft = ProcessLimits(policy, hard: []).resourceLimits
    #expect(soft.contains(ResourceLimit(resource: Int32(RLIMIT_DATA.rawValue), bound: 4 * 64 << 20)))
    #expect(soft.contains(ResourceLimit(resource: Int32(__RLIMIT_NPROC.rawValue), bound: 41)))
    let hard = ProcessLimits(policy, hard: [.memory, .pids]).resourceLimits
    #expect(hard == [ResourceLimit(resource: Int32(RLIMIT_CORE.rawValue), bound: 0)])
  }

  @Test func `version 1 has a hierarchy for each controller`() {
    let found = ControlGroup.parents(
      mounts: """
        30 22 0:26 / /cg/memory rw - cgroup cgroup rw,memory
        31 22 0:27 /outer /cg/pids rw - cgroup cgroup rw,pids
        32 22 0:28 / /cg/cpu rw - cgroup cgroup rw,cpu,cpuacct
        """, membership: "3:memory:/a\n4:pids:/outer/b\n5:cpu,cpuacct:/\n")
    #expect(
      found == [
        .init(path: "/cg/memory/a", isVersion2: false, controllers: [.memory]),
        .init(path: "/cg/pids/b", isVersion2: false, controllers: [.pids]),
        .init(path: "/cg/cpu", isVersion2: false, controllers: [.cpu]),
      ])
  }
}
