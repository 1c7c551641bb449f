import Foundation
import JourneymanSandbox
import JourneymanSupport

/// A server of a test: its output goes into a file, and it ends with this value.
public final class PeerServer: Sendable {
  /// A directory of its own, which its output file `output` is in.
  public let directory: String
  /// Where it listens on 127.0.0.1.
  public let port: Int
  private let process: ChildProcess

  /// Its plain origin.
  public var url: String { "http://127.0.0.1:\(port)" }

  private struct Problem: Error, CustomStringConvertible { var description: String }

  /// Starts a program and waits until its port answers.
  ///
  /// - Parameter arguments: gets the directory of the server and a free port.
  public init(
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
    process = try await ChildProcess.start(
      ChildProcess.Configuration(
        executable: executable, arguments: arguments(directory, port), environment: StandardPaths.processEnvironment,
        directory: directory, standardOutput: output.number, standardError: output.number))
    var isThere = false
    for _ in 0..<1200 where !isThere && kill(process.processID, 0) == 0 {
      isThere = Self.answers(port)
      if !isThere { try? await Task.sleep(for: .milliseconds(50)) }
    }
    if isThere { return }
    let said = String(decoding: (try? FileSystem.read(directory + "/output", limit: 1 << 20)) ?? [], as: UTF8.self)
    throw Problem(description: "\(program) does not answer: \(said)")
  }

  deinit {
    process.signalGroup(SIGKILL)
    try? FileSystem.removeTree(directory)
  }

  private static func address(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  /// A port that nobody has, below those that the system gives to connections: one of these could connect to itself.
  private static func freePort() throws -> Int {
    for _ in 0..<1000 {
      let port = Int.random(in: 10_000..<32_000)
      let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(number) }
      var address = address(port)
      let isFree = withUnsafeBytes(of: &address) { bytes -> Bool in
        guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
        return bind(number, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
      if isFree { return port }
    }
    throw Problem(description: "there is no free port")
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
