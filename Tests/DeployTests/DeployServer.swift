import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport

/// `Tests/Fixtures/deploy-server.py` on a free port of 127.0.0.1, ended with this value.
final class DeployServer: Sendable {
  /// One request that reached the server.
  struct Request: Decodable, Sendable {
    let method: String
    let path: String
    let refusal: String
    let delivery: String
    let authorization: String
    let body: String
  }

  let folder: String
  let port: Int
  private let process: ChildProcess

  init(secret: String) async throws {
    folder = NSTemporaryDirectory() + "deploy-server-\(UUID().uuidString)"
    try FileSystem.makeDirectories(folder)
    guard let python = TestProgram.find("python3") else { throw SystemError("find python3", number: ENOENT) }
    let line = folder + "/port"
    let output = try FileSystem.open(line, flags: O_WRONLY | O_CREAT)
    process = try await ChildProcess.start(
      ChildProcess.Configuration(
        executable: python, arguments: [StoreServer.fixtures + "/deploy-server.py", folder, secret],
        environment: StandardPaths.processEnvironment, standardOutput: output.number))
    var found: Int?
    for _ in 0..<800 where found == nil {
      let text = String(decoding: try FileSystem.read(line, limit: 100), as: UTF8.self)
      if text.hasSuffix("\n") { found = Int(text.dropLast()) } else { try await Task.sleep(for: .milliseconds(25)) }
    }
    guard let found else { throw SystemError("start the server", number: ETIMEDOUT) }
    port = found
  }

  deinit {
    process.signalGroup(SIGKILL)
    try? FileSystem.removeTree(folder)
  }

  func url(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

  func requests() throws -> [Request] {
    let text = String(decoding: try FileSystem.read(folder + "/requests.jsonl", limit: 1 << 24), as: UTF8.self)
    return try text.split(separator: "\n").map { try JSONDecoder().decode(Request.self, from: Data($0.utf8)) }
  }

  func file(_ name: String) -> String { folder + "/files/" + name }
}
