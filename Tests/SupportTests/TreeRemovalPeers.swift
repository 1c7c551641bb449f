import Foundation
import JourneymanSupport
import Synchronization

/// Programs that make what only root can make.
enum TestProgramPath {
  static let chattr = find("chattr")

  static func find(_ name: String) -> String? {
    ["/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"].map { $0 + name }.first { access($0, X_OK) == 0 }
  }

  /// Whether the program ended with status 0.
  static func run(_ path: String, _ arguments: [String]) -> Bool {
    var words = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    var pid: pid_t = 0
    if posix_spawn(&pid, path, &actions, nil, &words, environ) != 0 { return false }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 { if errno != EINTR { return false } }
    return status == 0
  }
}

/// Bind mounts for tests, taken away with the tree they are in.
enum TestMount {
  static let isPossible: Bool = {
    guard geteuid() == 0, let directory = try? TemporaryDirectory() else { return false }
    guard (try? bind(directory.path, on: directory.path)) != nil else { return false }
    detach(directory.path)
    return true
  }()

  static func bind(_ source: String, on target: String) throws {
    guard let mount = TestProgramPath.find("mount"), TestProgramPath.run(mount, ["--bind", source, target]) else {
      throw SystemError("mount \(source)", number: EPERM)
    }
  }

  static func detach(_ target: String) {
    if let umount = TestProgramPath.find("umount") { _ = TestProgramPath.run(umount, ["-l", target]) }
  }
}

/// A thread that exchanges a directory for a link as fast as it can.
final class Swapper: Sendable {
  private let paths: (victim: String, aside: String, outside: String)
  private let isStopped = Atomic(false)
  private let ended = DispatchSemaphore(value: 0)

  init(victim: String, aside: String, outside: String) { paths = (victim, aside, outside) }

  func start() {
    Thread.detachNewThread { [self] in
      while !isStopped.load(ordering: .relaxed) {
        rename(paths.victim, paths.aside)
        symlink(paths.outside, paths.victim)
        unlink(paths.victim)
        rename(paths.aside, paths.victim)
      }
      ended.signal()
    }
  }

  func stop() {
    isStopped.store(true, ordering: .relaxed)
    ended.wait()
  }
}
