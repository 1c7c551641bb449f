import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import DocsAction

/// The samples are programs: they are run, and all send the same request.
@Suite(.takingTurns) struct SampleTests {
  private static let nasty = "it's \"q\" \\ $HOME `id` %41 \\u0041 ${x} #{y} \\(z) é 😀 <b>\tend"

  static let requests: [SampleRequest] = [
    SampleRequest(
      method: "GET", url: "http://127.0.0.1:1/a/b%20c?q=%C3%A9%26%27%22",
      headers: [("Authorization", "Bearer YOUR_TOKEN"), ("X-Key", "it's \"k\" \\ $HOME")]),
    SampleRequest(
      method: "POST", url: "http://127.0.0.1:1/json", headers: [("Content-Type", "application/merge-patch+json")],
      body: .json(
        .object([
          ("text", .string(nasty + "\n\"\"\"#")), ("numbers", .list([.number("1"), .number("-2.5e3")])),
          ("flags", .list([.boolean(true), .boolean(false), .null])), ("empty", .object([])), ("none", .list([])),
        ]))),
    SampleRequest(
      method: "PUT", url: "http://127.0.0.1:1/text", headers: [("Content-Type", "text/plain")],
      body: .text(nasty + "\n")),
    SampleRequest(method: "POST", url: "http://127.0.0.1:1/form", body: .form([("a b", nasty), ("c", "d&e=f")])),
    SampleRequest(
      method: "POST", url: "http://127.0.0.1:1/parts",
      body: .parts([("title", "plain; text"), ("file", nil), ("last", nasty)])),
    SampleRequest(
      method: "PATCH", url: "http://127.0.0.1:1/file", headers: [("Content-Type", "application/octet-stream")],
      body: .file("file.bin")),
    SampleRequest(method: "DELETE", url: "http://127.0.0.1:1/x", headers: [("Cookie", "s=1; t=2")]),
  ]

  private static let extensions = ["curl": "sh", "JavaScript": "mjs", "Python": "py", "Java": "java", "Swift": "swift"]

  @Test(
    .enabled(
      if: NeededPrograms.areFound("curl", "node", "java", "swiftc", "/usr/lib/python3/dist-packages/requests"),
      "curl, node, java, swiftc or python3-requests is missing"))
  func allLanguagesSendTheSameRequest() async throws {
    let folder = NSTemporaryDirectory() + "journeyman-samples-\(UUID().uuidString)"
    try FileSystem.makeDirectories(folder)
    defer { try? FileSystem.removeTree(folder) }
    for (index, request) in Self.requests.enumerated() {
      for sample in RequestSamples(request: request).all {
        let kind = try #require(Self.extensions[sample.title])
        try Data(sample.code.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(index).\(kind)"))
      }
    }
    let outcome = try await TestProgram.run(
      "/usr/bin/python3", [DocsRun.fixtures + "run-samples.py", folder], timeout: .seconds(400))
    try #require(outcome.status == 0, "\(outcome.errors)")
    let results = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: [String: Any]])
    #expect(results.count == Self.requests.count * 5)
    for index in Self.requests.indices {
      let expected = try #require(
        results["\(index).sh"]?["request"] as? NSDictionary, "\(results["\(index).sh"] ?? [:])")
      #expect(expected["method"] as? String == Self.requests[index].method)
      for kind in ["mjs", "py", "java"] {
        let result = results["\(index).\(kind)"] ?? [:]
        let request = result["request"] as? NSDictionary
        #expect(request == expected, "\(index).\(kind): \(result) instead of \(expected)")
        #expect((result["printed"] as? String)?.contains("200") == true)
      }
      #expect(results["\(index).swift"]?["checked"] as? Bool == true, "\(results["\(index).swift"] ?? [:])")
    }
    // And that request is the one that was meant.
    let json = results["1.sh"]?["request"] as? [String: Any]
    #expect((json?["body"] as? [String: Any])?["text"] as? String == Self.nasty + "\n\"\"\"#")
    #expect((json?["type"] as? String) == "application/merge-patch+json")
    let parts = (results["4.sh"]?["request"] as? [String: Any])?["body"] as? [[String]]
    #expect(parts == [["title", "plain; text"], ["file", "the file"], ["last", Self.nasty]])
    #expect((results["2.sh"]?["request"] as? [String: Any])?["body"] as? String == Self.nasty + "\n")
  }
}
