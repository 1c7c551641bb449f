import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

/// A server that a test starts: it ends when its standard input does, at the latest with this process.
final class Server: Sendable {
  /// The port it listens on at 127.0.0.1.
  let port: Int
  private let process: ChildProcess
  private let input: OwnedDescriptor?

  /// Starts `git http-backend` behind a small web server.
  ///
  /// - Parameter arguments: see `Tests/Fixtures/git-http-server.py`.
  static func web(_ root: String, _ arguments: [String] = []) async throws -> Server {
    let python = try #require(TestProgram.find("python3"))
    let script = #filePath.replacingOccurrences(
      of: "CheckoutTests/Peers/Server.swift", with: "Fixtures/git-http-server.py")
    var environment = Git.environment
    environment["LANG"] = "C.UTF-8"
    return try await Server(python, [script, root] + arguments, environment: environment)
  }

  /// Starts a program that prints its port and ends with its standard input.
  private init(_ program: String, _ arguments: [String], environment: [String: String]) async throws {
    var inward = try JourneymanSupport.Pipe()
    var outward = try JourneymanSupport.Pipe()
    guard let writeEnd = outward.writeEnd.take(), let readEnd = inward.readEnd.take(),
      let output = outward.readEnd.take()
    else { throw SystemError("make pipes", number: EBADF) }
    process = try await ChildProcess.start(
      ChildProcess.Configuration(
        executable: program, arguments: arguments, environment: environment, standardInput: readEnd.number,
        standardOutput: writeEnd.number, standardError: 2))
    close(writeEnd.release())
    let line = try await runBlocking { [number = output.number] in
      var text: [UInt8] = []
      var byte: UInt8 = 0
      while read(number, &byte, 1) == 1, byte != UInt8(ascii: "\n") { text.append(byte) }
      return String(decoding: text, as: UTF8.self)
    }
    port = try #require(Int(line))
    input = inward.writeEnd.take()
  }

  deinit { process.signalGroup(SIGKILL) }

  /// Ends the server at once.
  func kill() async {
    process.signalGroup(SIGKILL)
    _ = await process.wait()
  }

  func url(_ name: String, scheme: String = "http", login: String = "") -> String {
    "\(scheme)://\(login)127.0.0.1:\(port)/\(name)"
  }
}
