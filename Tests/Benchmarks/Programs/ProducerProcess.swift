import Foundation
import JourneymanSupport

/// A process started for a measurement.
struct ProducerProcess {
  let pid: pid_t

  /// Starts a program with these descriptors as its standard input and output; `nil` leaves the caller's.
  init(_ arguments: [String], input: Int32? = nil, output: Int32? = nil) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input { posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) }
    if let output { posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) }
    var words = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var pid: pid_t = 0
    let number = posix_spawnp(&pid, arguments[0], &actions, nil, &words, environ)
    if number != 0 { throw SystemError("start \(arguments[0])", number: number) }
    self.pid = pid
  }

  /// Waits for its end.
  func wait() throws {
    var status: Int32 = 0
    try retryingInterrupts("wait for process \(pid)") { waitpid(pid, &status, 0) }
    if status != 0 { throw SystemError("get an exit status of 0 from process \(pid)", number: EIO) }
  }
}
