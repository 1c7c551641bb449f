import Foundation
public import JourneymanSandbox
public import JourneymanSupport

extension Command {
  /// A shell script with a usual PATH.
  public static func shell(_ script: String, output: Int32? = nil) -> Command {
    Command(
      executable: "/bin/sh", arguments: ["-c", script],
      environment: ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], standardOutput: output,
      standardError: output)
  }
}

/// A pipe whose ends a test can hand out.
public final class TestPipe: Sendable {
  /// The end to read from.
  public let readEnd: OwnedDescriptor
  /// The end to write to.
  public let writeEnd: OwnedDescriptor

  /// Makes a pipe.
  public init() throws {
    var ends: [Int32] = [-1, -1]
    if pipe(&ends) != 0 { throw SystemError("make a pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    readEnd = OwnedDescriptor(taking: ends[0])
    writeEnd = OwnedDescriptor(taking: ends[1])
  }

  /// Waits until something is in the pipe, and reads it.
  public func waitForContents() -> String {
    var waiting = pollfd(fd: readEnd.number, events: Int16(POLLIN), revents: 0)
    _ = poll(&waiting, 1, 60_000)
    return contents()
  }

  /// What is in the pipe now, at most the 64 KiB it holds.
  public func contents() -> String {
    var waiting = pollfd(fd: readEnd.number, events: Int16(POLLIN), revents: 0)
    if poll(&waiting, 1, 0) == 0 { return "" }
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = read(readEnd.number, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}

extension CommandRunner {
  /// What a command prints.
  public func output(of command: (Int32) -> Command) async throws -> String {
    let pipe = try TestPipe()
    _ = try await run(command(pipe.writeEnd.number))
    return pipe.contents()
  }
}

/// A directory that is gone with the value.
public final class TestDirectory: Sendable {
  /// Its absolute path.
  public let path: String

  /// Makes a directory that others may enter, because builds of root's run as others.
  public init() throws {
    path = "/tmp/journeyman-sandbox-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    try FileSystem.makeDirectories(path)
  }

  deinit { try? FileSystem.removeTree(path) }

  /// Writes a file, with the directories above it.
  public func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws {
    let file = path + "/" + name
    try FileSystem.makeDirectories(PathName.directory(of: file))
    try FileSystem.writeAtomically(Array(text.utf8), to: file, mode: mode)
  }

  /// A file's content; `nil` when it cannot be read.
  public func read(_ name: String) -> String? {
    (try? FileSystem.read(path + "/" + name, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// A file's owner.
  public func owner(_ name: String) -> UInt32? {
    var status = stat()
    return lstat(path + "/" + name, &status) == 0 ? status.st_uid : nil
  }
}
