import CSandbox
import Foundation
import JourneymanSupport

/// Which user ids of the machine a build's user ids are.
struct UserMap: Sendable, Hashable, Codable {
  /// Consecutive ids.
  struct Range: Sendable, Hashable, Codable {
    var inside: UInt32
    var outside: UInt32
    var count: UInt32

    var line: String { "\(inside) \(outside) \(count)\n" }
  }

  /// How the map gets into the kernel, and what it is worth.
  enum Kind: String, Sendable, Hashable, Codable {
    /// Root: a range that no other build has at the same time.
    case ownRange
    /// An ordinary user with a line in /etc/subuid, through newuidmap.
    case delegated
    /// An ordinary user without: one id.
    case single
  }

  /// How many ids a build has.
  static let size: UInt32 = 65536

  /// Where the ranges of builds started by root lie: above those of containers and systemd, below 2³¹.
  static let firstRange: UInt32 = 0x7000_0000

  /// The range that owns the agent's shared directories on disk; no build runs as any of it.
  static let onDisk = firstRange

  var kind: Kind
  var users: [Range]
  var groups: [Range]

  /// The machine's id of the build's user 0.
  var root: UInt32 { users[0].outside }

  static func ownRange(_ number: UInt32) -> UserMap {
    let range = Range(inside: 0, outside: firstRange + number * size, count: size)
    return UserMap(kind: .ownRange, users: [range], groups: [range])
  }

  static func single() -> UserMap {
    UserMap(
      kind: .single, users: [Range(inside: 0, outside: geteuid(), count: 1)],
      groups: [Range(inside: 0, outside: getegid(), count: 1)])
  }

  /// The map of an ordinary user by the lines of /etc/subuid and /etc/subgid: user 0 is the user, the others are the
  /// ids delegated to it. `nil` when there are none.
  static func delegated(
    userID: UInt32 = geteuid(), groupID: UInt32 = getegid(), name: String?, subuid: String, subgid: String
  ) -> UserMap? {
    guard let users = delegation(in: subuid, to: userID, name: name),
      let groups = delegation(in: subgid, to: userID, name: name)
    else { return nil }
    func map(_ own: UInt32, _ delegated: Range) -> [Range] {
      [
        Range(inside: 0, outside: own, count: 1),
        Range(inside: 1, outside: delegated.outside, count: min(delegated.count, size - 1)),
      ]
    }
    return UserMap(kind: .delegated, users: map(userID, users), groups: map(groupID, groups))
  }

  /// The largest delegation to a user; the format is `name-or-number:first:count`, see subuid(5).
  private static func delegation(in text: String, to userID: UInt32, name: String?) -> Range? {
    var best: Range?
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count == 3, let first = UInt32(fields[1]), let count = UInt32(fields[2]), count > 0, first > 0,
        fields[0] == name ?? "" || fields[0] == String(userID)
      else { continue }
      if count > best?.count ?? 0 { best = Range(inside: 0, outside: first, count: count) }
    }
    return best
  }

  /// Gives the maps to a process in a new user namespace. Blocks; call it on the spawner's thread.
  func apply(to processID: Int32) throws(SandboxError) {
    if kind == .delegated {
      let helpers = try [
        Self.startHelper("newuidmap", processID, users), Self.startHelper("newgidmap", processID, groups),
      ]
      for helper in helpers { try helper.finish() }
      return
    }
    do {
      // Without privileges a group map is allowed only for a process that can no longer change its groups.
      if kind == .single { try Self.write("deny", "/proc/\(processID)/setgroups") }
      try Self.write(users.map(\.line).joined(), "/proc/\(processID)/uid_map")
      try Self.write(groups.map(\.line).joined(), "/proc/\(processID)/gid_map")
    } catch {
      throw SandboxError(
        .unsupported, "cannot map the user ids of a sandbox: \(error.reason); see `journeyman doctor`",
        underlying: error)
    }
  }

  private static func write(_ text: String, _ path: String) throws(SystemError) {
    let file = try FileSystem.open(path, flags: O_WRONLY)
    try FileSystem.writeAll(Array(text.utf8), to: file.number, name: path)
  }

  /// A setuid helper at work.
  private struct Helper {
    let name: String
    let pidfd: OwnedFile

    func finish() throws(SandboxError) {
      var ended = pollfd(fd: pidfd.number, events: Int16(POLLIN), revents: 0)
      while poll(&ended, 1, -1) < 0 && errno == EINTR {}
      var exit = sandbox_exit()
      if sandbox_reap(pidfd.number, &exit) == 0 && !exit.signaled && exit.status == 0 { return }
      throw SandboxError(.unsupported, "\(name) refused the ids of /etc/subuid and /etc/subgid")
    }
  }

  private static func startHelper(
    _ name: String, _ processID: Int32, _ ranges: [Range]
  ) throws(SandboxError) -> Helper {
    let arguments = ranges.flatMap { [String($0.inside), String($0.outside), String($0.count)] }
    guard let path = helperPath(name) else {
      throw SandboxError(.unsupported, "\(name) is not installed; install the package uidmap")
    }
    let request = SpawnRequest(executable: path, arguments: [name, String(processID)] + arguments, environment: [])
    return Helper(name: name, pidfd: OwnedFile(OwnedDescriptor(taking: try request.start().pidfd)))
  }

  /// Where a setuid helper is.
  static func helperPath(_ name: String) -> String? {
    ["/usr/bin/", "/bin/", "/usr/local/bin/"].map { $0 + name }.first { access($0, X_OK) == 0 }
  }
}
