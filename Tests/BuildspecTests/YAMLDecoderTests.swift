import Foundation
import JourneymanBuildspec
import Testing

@Suite struct YAMLDecoderTests {
  private enum Level: String, Decodable, CaseIterable { case debug, info, warning }

  private struct Target: Decodable, Equatable {
    var host: String
    var port: UInt16 = 443

    enum CodingKeys: String, CodingKey { case host, port }

    init(host: String, port: UInt16 = 443) {
      self.host = host
      self.port = port
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      host = try container.decode(String.self, forKey: .host)
      port = try container.decodeIfPresent(UInt16.self, forKey: .port) ?? 443
      if host.isEmpty {
        throw DecodingError.dataCorruptedError(forKey: .host, in: container, debugDescription: "must not be empty")
      }
    }
  }

  private struct Configuration: Decodable {
    var name: String
    var version: String?
    var retries: Int?
    var ratio: Double?
    var dryRun: Bool?
    var level: Level?
    var url: URL?
    var timeout: Duration?
    var targets: [Target]?
    var labels: [String: String]?
    var matrix: [[Int]]?
    var maybe: [Int?]?
  }

  private func decode<Value: Decodable>(
    _ type: Value.Type, _ text: String, allowsUnknownKeys: Bool = false
  ) throws -> Value {
    let root = try #require(try YAMLDocument(Array(text.utf8)).root)
    return try YAMLDecoder(allowsUnknownKeys: allowsUnknownKeys).decode(type, from: root, path: "actions[0].with")
  }

  @Test func decodesEverythingOnce() throws {
    let value = try decode(
      Configuration.self,
      """
      name: 007
      version: 3.10
      retries: "3"
      ratio: .5
      dryRun: Off
      level: warning
      url: https://example.org/a?b=c
      timeout: 1h30m
      targets: [{host: a, port: 8080}, {host: b}]
      labels: {a: 1, "b c": yes}
      matrix: [[1, 2], []]
      maybe: [1, ~, 3]
      """)
    #expect(value.name == "007")
    #expect(value.version == "3.10")
    #expect(value.retries == 3)
    #expect(value.ratio == 0.5)
    #expect(value.dryRun == false)
    #expect(value.level == .warning)
    #expect(value.url?.host() == "example.org")
    #expect(value.timeout == .seconds(5_400))
    #expect(value.targets == [Target(host: "a", port: 8080), Target(host: "b")])
    #expect(value.labels == ["a": "1", "b c": "yes"])
    #expect(value.matrix == [[1, 2], []])
    #expect(value.maybe == [1, nil, 3])
  }

  @Test func treatsNullAsAbsent() throws {
    let value = try decode(Configuration.self, "name: a\nretries:\nlevel: ~\ntargets: null\n")
    #expect(value.retries == nil)
    #expect(value.level == nil)
    #expect(value.targets == nil)
  }

  @Test(arguments: [
    ("{}", "actions[0].with.name: is missing (line 1)"),
    ("nmae: a", "actions[0].with.name: is missing; is 'nmae' meant to be it? (line 1)"),
    ("name: [a]", "actions[0].with.name: expected text, found a list (line 1)"),
    ("name:", "actions[0].with.name: expected text, found nothing (line 1)"),
    (
      "name: a\nretries: many",
      "actions[0].with.retries: expected a whole number from -9223372036854775808 to 9223372036854775807, found "
        + "'many' (line 2)"
    ),
    ("name: a\ndryRun: maybe", "actions[0].with.dryRun: expected yes or no, found 'maybe' (line 2)"),
    ("name: a\nratio: nan", "actions[0].with.ratio: expected a number, found 'nan' (line 2)"),
    (
      "name: a\ntimeout: soon",
      "actions[0].with.timeout: expected a duration such as 90s or 1h30m, found 'soon' (line 2)"
    ),
    (
      "name: a\nlevel: warn1ng",
      "actions[0].with.level: 'warn1ng' is not one of debug, info, warning; did you mean 'warning'? (line 2)"
    ),
    (
      "name: a\ntargets:\n  - host: a\n  - host: b\n    port: 70000",
      "actions[0].with.targets[1].port: expected a whole number from 0 to 65535, found '70000' (line 5)"
    ),
    ("name: a\ntargets:\n  - host: ''", "actions[0].with.targets[0].host: must not be empty (line 3)"),
    ("name: a\ntargets: [a]", "actions[0].with.targets[0]: expected a mapping, found 'a' (line 2)"),
    ("name: a\ntargets: {a: b}", "actions[0].with.targets: expected a list, found a mapping (line 2)"),
    ("name: a\nlabels:\n  x: [1]", "actions[0].with.labels.x: expected text, found a list (line 3)"),
    ("[a]", "actions[0].with: expected a mapping, found a list (line 1)"),
    ("name: a\nlevle: info", "actions[0].with: unknown key 'levle'; did you mean 'level'? (line 2)"),
    (
      "name: a\nfirst: 1\ntargets:\n  - host: a\n    user: b",
      "actions[0].with: unknown key 'first' (line 2)\nactions[0].with.targets[0]: unknown key 'user' (line 5)"
    ),
  ])
  func namesPathAndLine(text: String, message: String) throws {
    let error = #expect(throws: YAMLDecodingError.self) { try decode(Configuration.self, text) }
    #expect(error?.description == message)
  }

  @Test func passesUnknownKeysOverWhenAsked() throws {
    #expect(try decode(Configuration.self, "name: a\nother: b", allowsUnknownKeys: true).name == "a")
  }

  @Test func decodesScalarsAndListsAtTheTop() throws {
    #expect(try decode([Int].self, "[1, 2]") == [1, 2])
    #expect(try decode(Int.self, "42") == 42)
    #expect(try decode(String.self, "''") == "")
    #expect(try decode(Int?.self, "~") == nil)
  }

  @Test func keepsWhatATypeItselfThrows() throws {
    struct Picky: Decodable {
      struct Refusal: Error, CustomStringConvertible { let description = "the moon is full" }
      init(from decoder: any Decoder) throws { throw Refusal() }
    }
    let error = #expect(throws: YAMLDecodingError.self) { try decode([String: Picky].self, "a:\n  b: 1") }
    #expect(error?.description == "actions[0].with.a: the moon is full (line 2)")
  }

  @Test func decodesManually() throws {
    struct Manual: Decodable {
      var numbers: [Int] = []
      var nested = ""
      enum Keys: String, CodingKey { case list, inner, more }
      init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        var list = try container.nestedUnkeyedContainer(forKey: .list)
        while !list.isAtEnd { numbers.append(try list.decode(Int.self)) }
        #expect(throws: DecodingError.self) { try list.decode(Int.self) }
        let inner = try container.nestedContainer(keyedBy: Keys.self, forKey: .inner)
        nested = try inner.decode(String.self, forKey: .more)
      }
    }
    let value = try decode(Manual.self, "list: [1, 2]\ninner: {more: x}")
    #expect(value.numbers == [1, 2])
    #expect(value.nested == "x")
  }
}
