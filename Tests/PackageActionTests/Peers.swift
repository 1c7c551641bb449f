import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport

/// Servers and clients that packages are published to and fetched by; `.ci/setup` installs them.
enum Peers {
  /// Where `.ci/setup` puts what comes from PyPI.
  static let python = "/opt/journeyman-peers/bin"

  /// Whether a test can do without skipping: in CI a missing peer fails it.
  static func areFound(_ programs: String...) -> Bool {
    StandardPaths.processEnvironment["CI"] == "true" || programs.allSatisfy { find($0) != nil }
  }

  /// An absolute path.
  static func find(_ program: String) -> String? {
    access("\(python)/\(program)", X_OK) == 0 ? "\(python)/\(program)" : TestProgram.find(program)
  }
}

/// A server of a test: its output goes into a file, and it ends with this value.
final class PeerServer: Sendable {
  let directory: String
  let port: Int
  private let pid: pid_t

  var url: String { "http://127.0.0.1:\(port)" }

  private struct Problem: Error, CustomStringConvertible { var description: String }

  /// Starts a program and waits until its port answers.
  ///
  /// - Parameter arguments: gets the directory of the server and a free port.
  init(
    _ program: String, files: [String: String] = [:], _ arguments: (String, Int) -> [String]
  ) async throws {
    guard let executable = Peers.find(program) else {
      throw Problem(description: "\(program) is missing; run .ci/setup")
    }
    directory = NSTemporaryDirectory() + "journeyman-peer-\(UUID().uuidString)"
    try FileSystem.makeDirectories(directory)
    port = try Self.freePort()
    for (name, content) in files {
      let text = content.replacingOccurrences(of: "@PORT@", with: "\(port)")
        .replacingOccurrences(of: "@DIRECTORY@", with: directory)
      try FileSystem.writeAtomically(Array(text.utf8), to: directory + "/" + name)
    }
    let output = try FileSystem.open(directory + "/output", flags: O_WRONLY | O_CREAT)
    let command = Command(
      executable: "/bin/sh",
      arguments: ["-c", "echo $$ > '\(directory)/pid' && exec \"$0\" \"$@\"", executable] + arguments(directory, port),
      environment: StandardPaths.processEnvironment, standardOutput: output.number, standardError: output.number)
    let kept = Descriptor(output)
    Task {
      let runner = ProcessRunner()
      _ = try? await runner.run(command)
      await runner.end()
      withExtendedLifetime(kept) {}
    }
    for _ in 0..<600 where !Self.answers(port) { try await Task.sleep(for: .milliseconds(100)) }
    let text = String(decoding: (try? FileSystem.read(directory + "/pid", limit: 100)) ?? [], as: UTF8.self)
    guard let number = pid_t(text.split(separator: "\n").first ?? ""), Self.answers(port) else {
      let said = String(decoding: (try? FileSystem.read(directory + "/output", limit: 1 << 20)) ?? [], as: UTF8.self)
      throw Problem(description: "\(program) does not answer: \(said)")
    }
    pid = number
  }

  deinit {
    kill(pid, SIGKILL)
    try? FileSystem.removeTree(directory)
  }

  private final class Descriptor: Sendable {
    let value: OwnedDescriptor
    init(_ value: consuming OwnedDescriptor) { self.value = value }
  }

  private static func address(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  private static func freePort() throws -> Int {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(number) }
    var address = address(0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
      guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
      return bind(number, pointer, length) == 0 ? getsockname(number, pointer, &length) : -1
    }
    if result != 0 { throw Problem(description: "there is no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  private static func answers(_ port: Int) -> Bool {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(number) }
    var address = address(port)
    return withUnsafeBytes(of: &address) { bytes in
      guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
      return connect(number, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
}
