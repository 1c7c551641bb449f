import Foundation

/// The processes of one script: a session of their own, so that they can be ended together, and so that what a script
/// starts for good, such as the application itself, is not ended with the build.
struct HookSession: Sendable {
  /// A file with the number of the session's first process.
  let file: String

  /// The session's number, once the script has been started.
  var leader: pid_t? {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8), text.hasSuffix("\n") else { return nil }
    return pid_t(text.dropLast()).flatMap { $0 > 1 ? $0 : nil }
  }

  /// The living processes of the session.
  ///
  /// - Parameter variable: an entry of their environment that they must have; process numbers are used again.
  func processes(having variable: String? = nil) -> [pid_t] {
    guard let leader else { return [] }
    return Self.allProcesses().filter { process in
      guard let status = Self.status(of: process), status.session == leader, !status.isDead else { return false }
      guard let variable else { return true }
      let environment = FileManager.default.contents(atPath: "/proc/\(process)/environ") ?? Data()
      return environment.split(separator: 0).contains { $0.elementsEqual(variable.utf8) }
    }
  }

  /// Ends the session: asks with `SIGTERM`, and kills what is left after a while.
  func end(grace: Duration, having variable: String? = nil) async {
    let clock = ContinuousClock()
    let deadline = clock.now + grace
    for process in processes(having: variable) { kill(process, SIGTERM) }
    while !processes(having: variable).isEmpty && clock.now < deadline {
      // Not cut short by a cancelled task: a script that was asked to end gets its time.
      await Task.detached { try? await Task.sleep(for: .milliseconds(20)) }.value
    }
    for _ in 0..<50 {
      let left = processes(having: variable)
      if left.isEmpty { return }
      for process in left { kill(process, SIGKILL) }
      await Task.detached { try? await Task.sleep(for: .milliseconds(20)) }.value
    }
  }

  /// Which processes hold a pipe open, for people.
  static func holders(of pipe: String) -> [String] {
    var wanted = stat()
    guard stat(pipe, &wanted) == 0 else { return [] }
    return allProcesses().filter { $0 != getpid() }.compactMap { process in
      let directory = "/proc/\(process)/fd"
      let numbers = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      let holds = numbers.contains { number in
        var status = stat()
        return stat(directory + "/" + number, &status) == 0 && status.st_ino == wanted.st_ino
          && status.st_dev == wanted.st_dev
      }
      guard holds else { return nil }
      let name = (try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)) ?? "?\n"
      return "\(name.dropLast()) (\(process))"
    }
  }

  private static func allProcesses() -> [pid_t] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
  }

  private static func status(of process: pid_t) -> (session: pid_t, isDead: Bool)? {
    guard let text = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return nil }
    // The name in parentheses may hold anything; what follows the last one does not.
    guard let end = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = String(decoding: text[(end + 1)...], as: UTF8.self).split(separator: " ")
    guard fields.count > 3, let session = pid_t(fields[3]) else { return nil }
    return (session, fields[0] == "Z" || fields[0] == "X")
  }
}
