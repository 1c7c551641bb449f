import Foundation
import JourneymanSandbox
import JourneymanSupport
import Testing

extension Command {
  /// A shell script with a usual PATH.
  static func shell(_ script: String, output: Int32? = nil) -> Command {
    Command(
      executable: "/bin/sh", arguments: ["-c", script],
      environment: ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], standardOutput: output,
      standardError: output)
  }
}

/// A pipe whose ends a test can hand out.
final class TestPipe: Sendable {
  let readEnd: OwnedDescriptor
  let writeEnd: OwnedDescriptor

  init() throws {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    readEnd = OwnedDescriptor(taking: ends[0])
    writeEnd = OwnedDescriptor(taking: ends[1])
  }

  /// Waits until something is in the pipe, and reads it.
  func waitForContents() -> String {
    var waiting = pollfd(fd: readEnd.number, events: Int16(POLLIN), revents: 0)
    _ = poll(&waiting, 1, 60_000)
    return contents()
  }

  /// What is in the pipe now, at most the 64 KiB it holds.
  func contents() -> String {
    var waiting = pollfd(fd: readEnd.number, events: Int16(POLLIN), revents: 0)
    if poll(&waiting, 1, 0) == 0 { return "" }
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = read(readEnd.number, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}

extension CommandRunner {
  /// What a command prints.
  func output(of command: (Int32) -> Command) async throws -> String {
    let pipe = try TestPipe()
    _ = try await run(command(pipe.writeEnd.number))
    return pipe.contents()
  }
}

/// A directory that is gone with the value.
final class TestDirectory: Sendable {
  let path: String

  init() throws {
    path = "/tmp/journeyman-sandbox-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    try FileSystem.makeDirectories(path)
  }

  deinit { try? FileSystem.removeTree(path) }

  func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws {
    let file = path + "/" + name
    try FileSystem.makeDirectories(PathName.directory(of: file))
    try FileSystem.writeAtomically(Array(text.utf8), to: file, mode: mode)
  }

  func read(_ name: String) -> String? {
    (try? FileSystem.read(path + "/" + name, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
  }

  func owner(_ name: String) -> UInt32? {
    var status = stat()
    return lstat(path + "/" + name, &status) == 0 ? status.st_uid : nil
  }
}
