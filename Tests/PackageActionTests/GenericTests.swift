import Foundation
import JourneymanActionKit
import TestSupport
import Testing

/// What holds for every kind of repository, shown with plain files.
@Suite(.takingTurns, .enabled(if: Peers.areFound("python3"), "needs python3")) struct GenericTests {
  private func configuration(_ server: StubRegistry, _ path: String, _ more: [String: Any] = [:]) -> [String: Any] {
    ["type": "generic", "repository": server.url(path), "files": ["b.txt", "*.txt"], "password": "token"]
      .merging(more) { $1 }
  }

  private func bench() throws -> Bench {
    let bench = try Bench()
    for name in ["a", "b", "c"] { try bench.write("\(name)\n", to: "\(name).txt") }
    return bench
  }

  @Test func filesGoOutInOrderWithTheirDigests() async throws {
    let (bench, server) = (try bench(), try await StubRegistry())
    let outcome = try await bench.publish(configuration(server, "raw/", ["path": "v 1", "username": "anna"]))
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    let requests = try server.requests
    #expect(requests.map(\.path) == ["b", "a", "c"].map { "/raw/v%201/\($0).txt" })
    #expect(requests.allSatisfy { $0.authorization?.hasPrefix("Basic ") ?? false && $0.sha256?.utf8.count == 64 })
    #expect(server.stored("raw/v 1/b.txt") == Array("b\n".utf8))
  }

  @Test func whatIsThereStopsTheActionOrIsPassedOver() async throws {
    let (bench, server) = (try bench(), try await StubRegistry())
    let first = configuration(server, "raw", ["files": ["a.txt"]])
    #expect(try await bench.publish(first).status == .succeeded)
    let all = configuration(server, "raw")
    let stopped = try await bench.publish(all)
    #expect(stopped.status == .failed)
    #expect(stopped.message.contains("published 1 of 3"), "\(stopped.message)")
    #expect(stopped.message.contains("1 not tried"), "\(stopped.message)")
    #expect(bench.log.contains("info: published      b.txt at \(server.url("raw/b.txt"))"), "\(bench.log)")
    #expect(bench.log.contains("error: failed         a.txt: "), "\(bench.log)")
    #expect(bench.log.contains("info: not tried      c.txt"), "\(bench.log)")
    let skipped = try await bench.publish(configuration(server, "raw", ["skip-existing": true]))
    #expect(skipped.status == .succeeded, "\(skipped.message)")
    #expect(skipped.outputs["published"] == "1" && skipped.outputs["skipped"] == "2", "\(skipped.outputs)")
  }

  @Test func aBusyServerIsTriedAgain() async throws {
    let (bench, server) = (try bench(), try await StubRegistry())
    let outcome = try await bench.publish(configuration(server, "flaky"))
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    #expect(try server.requests.count == 6)
  }

  @Test func passwordsDoNotFollowRedirects() async throws {
    let (bench, server) = (try bench(), try await StubRegistry())
    let outcome = try await bench.publish(configuration(server, "elsewhere"))
    #expect(outcome.status == .failed)
    #expect(outcome.message.contains("redirects are not followed"), "\(outcome.message)")
    #expect(try server.requests.allSatisfy { $0.port == server.port })
  }

  @Test func aDryRunSendsNothingAndNeedsNoPassword() async throws {
    let (bench, server) = (try bench(), try await StubRegistry())
    let outcome = try await bench.publish(
      configuration(server, "raw", ["dry-run": true, "password": "not-handed-over"]))
    #expect(outcome.status == .succeeded)
    #expect(bench.log.contains("would publish  b.txt at \(server.url("raw/b.txt"))"), "\(bench.log)")
    #expect(try server.requests.isEmpty)
    await #expect { try await bench.publish(configuration(server, "raw", ["password": "not-handed-over"])) } throws: {
      "\($0)".contains("secrets:")
    }
    #expect(try server.requests.isEmpty)
  }

  @Test func aPatternWithoutFilesPublishesNothing() async throws {
    let (bench, server) = (try bench(), try await StubRegistry())
    await #expect { try await bench.publish(configuration(server, "raw", ["files": ["a.txt", "*.zip"]])) } throws: {
      "\($0)".contains("'*.zip'")
    }
    #expect(try server.requests.isEmpty)
  }

  @Test func anAnswerThatWasLostIsNoFailure() async throws {
    let (bench, server) = (try bench(), try await StubRegistry())
    let outcome = try await bench.publish(configuration(server, "lost", ["files": "a.txt"]))
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    #expect(outcome.outputs["skipped"] == "1", "\(outcome.message)")
    #expect(bench.log.contains("after an attempt whose answer was lost"), "\(bench.log)")
    #expect(server.stored("lost/a.txt") == Array("a\n".utf8))
  }

  @Test func aRefusalIsToldWithItsReasonAndWithoutThePassword() async throws {
    let (bench, server) = (try bench(), try await StubRegistry())
    let outcome = try await bench.publish(configuration(server, "raw"), password: "not-the-token")
    #expect(outcome.status == .failed)
    #expect(outcome.message.contains("HTTP 401: who are you? (check username, password"), "\(outcome.message)")
    #expect(!(outcome.message + bench.log).contains("not-the-token"))
    #expect(try server.requests.count == 1, "a wrong password is not tried again")
  }

  @Test func filesThatWouldReplaceEachOtherAreFoundFirst() async throws {
    let (bench, server) = (try bench(), try await StubRegistry())
    try bench.write("other\n", to: "sub/a.txt")
    let files: [String: Any] = ["files": ["a.txt", "sub/a.txt"]]
    await #expect { try await bench.publish(configuration(server, "raw", files)) } throws: {
      "\($0)".contains("two files would be published as")
    }
    #expect(try server.requests.isEmpty)
    let kept = try await bench.publish(configuration(server, "raw", files.merging(["keep-directories": true]) { $1 }))
    #expect(kept.outputs["published"] == "2", "\(kept.message)")
    #expect(server.stored("raw/sub/a.txt") == Array("other\n".utf8))
  }

  @Test func whatIsStoppedIsTold() async throws {
    let (bench, server) = (try bench(), try await StubRegistry())
    let action = Task { try await bench.publish(self.configuration(server, "slow")) }
    for _ in 0..<600 {
      if try !server.requests.isEmpty { break }
      try await Task.sleep(for: .milliseconds(50))
    }
    action.cancel()
    let outcome = try await action.value
    #expect(outcome.status == .failed)
    #expect(bench.log.contains("error: failed         b.txt: stopped"), "\(bench.log)")
    #expect(bench.log.contains("info: not tried      c.txt (c.txt)"), "\(bench.log)")
    #expect(try server.requests.count == 1)
  }
}
