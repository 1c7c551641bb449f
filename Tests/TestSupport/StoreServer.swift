import Foundation
import JourneymanSandbox
import JourneymanSupport

/// The HTTP server of `Tests/Fixtures/store-server.py`, on free ports of 127.0.0.1, ended with this value.
public final class StoreServer: Sendable {
  /// One request that reached the server.
  public struct Request: Sendable, Decodable {
    /// Which of the server's origins it reached.
    public let server: String
    /// The method.
    public let method: String
    /// The path without its query.
    public let path: String
    /// What stood in the request line.
    public let target: String
    /// Header fields by their names in lower case.
    public let headers: [String: String]
    /// Whether the request was meant for a proxy.
    public let proxied: Bool
  }

  private struct Ports: Decodable, Sendable {
    let pid: Int32
    let plain: Int
    let other: Int
    let tls: Int?
    let mutual: Int?
  }

  /// What the server keeps: `files/KEY` and `requests.jsonl`.
  public let root: String
  private let ports: Ports

  /// Starts a server and waits until it listens.
  ///
  /// - Parameter certificates: a directory with `server.pem` and `ca.pem`, for the origins over TLS.
  public init(certificates: String? = nil) async throws {
    root = NSTemporaryDirectory() + "journeyman-server-\(UUID().uuidString)"
    try FileSystem.makeDirectories(root)
    let script = Self.fixtures + "/store-server.py"
    guard let python = TestProgram.find("python3") else { throw SystemError("start \(script)", number: ENOENT) }
    var ends: [Int32] = [-1, -1]
    if pipe(&ends) != 0 { throw SystemError("make a pipe") }
    let output = ends[1]
    let command = Command(
      executable: python, arguments: [script, root] + (certificates.map { [$0] } ?? []),
      environment: StandardPaths.processEnvironment, standardOutput: output, standardError: STDERR_FILENO)
    // Through the runner, because what it did not start it takes for an orphan and kills.
    Task {
      let runner = ProcessRunner()
      _ = try? await runner.run(command)
      close(output)
      await runner.end()
    }
    let input = ends[0]
    ports = try await runBlocking {
      defer { close(input) }
      var line: [UInt8] = []
      var byte: UInt8 = 0
      while read(input, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
      return try JSONDecoder().decode(Ports.self, from: Data(line))
    }
  }

  deinit {
    kill(ports.pid, SIGKILL)
    try? FileSystem.removeTree(root)
  }

  /// The directory `Tests/Fixtures`.
  public static let fixtures =
    ((#filePath as NSString).deletingLastPathComponent as NSString).deletingLastPathComponent + "/Fixtures"

  /// A URL of the plain origin.
  ///
  /// - Parameters:
  ///   - flags: see the script.
  ///   - script: see the script.
  public func url(_ key: String = "", flags: String = "-", script: String = "ok") -> String {
    "http://127.0.0.1:\(ports.plain)/\(flags)/\(script)/\(key)"
  }

  /// A URL of the origin over TLS.
  ///
  /// - Parameter mutual: whether the one that asks for a client certificate.
  public func secureURL(_ key: String, script: String = "ok", mutual: Bool = false) -> String {
    "https://localhost:\((mutual ? ports.mutual : ports.tls) ?? 0)/-/\(script)/\(key)"
  }

  /// The plain origin as a proxy.
  public var proxy: String { "127.0.0.1:\(ports.plain)" }

  /// All requests so far.
  public func requests() throws -> [Request] {
    let bytes = try FileSystem.read(root + "/requests.jsonl", limit: 1 << 24)
    return try bytes.split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(Request.self, from: Data($0))
    }
  }

  /// What was stored under a key; `nil` when nothing was stored completely.
  public func stored(_ key: String) -> [UInt8]? { try? FileSystem.read(root + "/files/" + key, limit: 1 << 28) }
}
