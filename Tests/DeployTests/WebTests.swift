import Foundation
import JourneymanActionKit
import JourneymanSupport
import TestSupport
import Testing

/// Uploads and webhooks to a server that checks every signature for itself.
@Suite(.takingTurns, .enabled(if: NeededPrograms.areFound("python3"), "python3 is not installed"))
struct WebTests {
  private let place: DeployRun
  private let server: DeployServer

  init() async throws {
    place = try DeployRun()
    server = try await DeployServer(secret: "a shared secret")
  }

  private func deploy(_ fields: [String: String], secret: String = "a shared secret") async throws -> ActionOutcome {
    let all = ["target": "http", "secret": "hmac", "status-interval": "100ms"].merging(fields) { $1 }
      .filter { $0.key != "status-interval" || fields["status"] != nil }
    let json = String(decoding: try JSONSerialization.data(withJSONObject: all), as: UTF8.self)
    return try await place.run(json, secrets: ["hmac": secret, "bearer": "token-value"], isHostGranted: false)
  }

  private func failure(_ fields: [String: String], secret: String = "a shared secret") async throws -> String {
    do {
      let outcome = try await deploy(fields, secret: secret)
      #expect(outcome.status == .failed)
      return outcome.message
    } catch let error as PluginError {
      return error.message
    }
  }

  @Test func `a directory is packed, uploaded, announced and watched`() async throws {
    try place.writeVersion("one")
    let outcome = try await deploy([
      "source": "dist", "upload": server.url("releases/"), "webhook": server.url("hooks/ok?app=shop"),
      "status": server.url("releases/{release}/status"), "token": "bearer",
    ])
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    let release = try #require(outcome.outputs["release"])
    #expect(outcome.message == "\(release) is in use: serving since now")
    let requests = try server.requests()
    #expect(requests.filter { !$0.refusal.isEmpty || $0.authorization != "Bearer token-value" }.isEmpty)
    #expect(Set(requests.map(\.delivery)).count == requests.count)
    #expect(
      requests.map { "\($0.method) \($0.path)" } == [
        "PUT /releases/\(release).tar.gz", "POST /hooks/ok?app=shop", "GET /releases/\(release)/status",
        "GET /releases/\(release)/status", "GET /releases/\(release)/status",
      ])
    try FileSystem.makeDirectories(place.folder + "/unpacked")
    let tar = try await TestProgram.run(
      "/bin/tar", ["-xzf", server.file(release + ".tar.gz"), "-C", place.folder + "/unpacked"])
    #expect(tar.status == 0, "\(tar.errors)")
    #expect(try String(contentsOfFile: place.folder + "/unpacked/version", encoding: .utf8) == "one\n")
    let notice = try #require(
      try JSONSerialization.jsonObject(with: Data(requests[1].body.utf8)) as? [String: Any])
    #expect(notice["release"] as? String == release && notice["action"] as? String == "to production")
    let artifact = try #require(notice["artifact"] as? [String: Any])
    #expect(artifact["url"] as? String == server.url("releases/\(release).tar.gz"))
    let sum = try await TestProgram.run("/usr/bin/sha256sum", [server.file(release + ".tar.gz")])
    #expect(sum.output.hasPrefix(try #require(artifact["sha256"] as? String)))
  }

  @Test func `a file is sent as it is`() async throws {
    try place.write("an application", to: "workspace/out/shop 1.jar")
    let outcome = try await deploy(["source": "out/shop 1.jar", "upload": server.url("releases/")])
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    #expect(try String(contentsOfFile: server.file("shop_1.jar"), encoding: .utf8) == "an application")
  }

  @Test func `a wrong secret is refused by the server`() async throws {
    let message = try await failure(["webhook": server.url("hooks/ok")], secret: "another secret")
    #expect(message.contains("answered 401") && message.contains("the signature is wrong"), "\(message)")
    #expect(!message.contains("secret\""))
  }

  @Test func `a busy server is asked again with the same delivery`() async throws {
    let outcome = try await deploy(["webhook": server.url("hooks/busy")])
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    let requests = try server.requests()
    #expect(requests.count == 3 && Set(requests.map(\.delivery)).count == 1)
    #expect(requests.filter { !$0.refusal.isEmpty }.isEmpty)
  }

  @Test func `what the server says of a failure is passed on`() async throws {
    let refused = try await failure(["webhook": server.url("hooks/refuse")])
    #expect(refused.contains("answered 422") && refused.contains("no such application"), "\(refused)")
    let broken = try await failure([
      "webhook": server.url("hooks/ok"), "status": server.url("broken/{release}/status"),
    ])
    #expect(broken.hasPrefix("the server could not deploy") && broken.hasSuffix(": the database is gone"), "\(broken)")
    let forbidden = try await failure([
      "webhook": server.url("hooks/ok"), "status": server.url("forbidden/{release}/status"),
    ])
    #expect(forbidden.contains("answered 403"), "\(forbidden)")
  }

  @Test func `waiting has an end`() async throws {
    let message = try await failure([
      "webhook": server.url("hooks/ok"), "status": server.url("stuck/{release}/status"), "status-timeout": "1s",
    ])
    #expect(message.hasPrefix("the server did not say within 1.0 s"), "\(message)")
    #expect(message.contains("running"), "\(message)")
  }

  @Test func `without its secret nothing is sent`() async throws {
    let json = #"{"target": "http", "secret": "unknown", "webhook": "\#(server.url("hooks/ok"))"}"#
    await #expect(throws: PluginError.self) { try await place.run(json) }
    #expect(throws: SystemError.self) { try server.requests() }
  }
}
