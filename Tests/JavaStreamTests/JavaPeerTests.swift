import Foundation
import TestSupport
import Testing

@testable import JourneymanJavaStream

/// Java's own streams, both ways.
@Suite(.takingTurns) struct JavaPeerTests {
  private static let java: String? = {
    let found = TestProgram.find("java")
    precondition(found != nil || ProcessInfo.processInfo.environment["CI"] != "true", "CI has to install a JDK")
    return found
  }()

  private func run(_ verb: String, _ file: String) async throws -> String {
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/jenkins/Streams.java").path
    let outcome = try await TestProgram.run(
      try #require(Self.java), ["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8", source, verb, file])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.output
  }

  private func withFile<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let file = NSTemporaryDirectory() + "journeyman-java-\(UUID().uuidString)"
    defer { unlink(file) }
    return try await body(file)
  }

  @Test(.enabled(if: java != nil, "there is no java on the search path"))
  func everyKindOfContentThatJavaWritesIsRead() async throws {
    let bytes = try await withFile { file in
      _ = try await run("write", file)
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    }
    let values = try JavaStreamReader().read(bytes)
    #expect(values.count == 21)
    guard values.count == 21, case .block(let start) = values[0] else { return }
    #expect(start == [0, 0, 0, 7])

    let node = try #require(values[1].object)
    #expect(node.classNames == ["Streams$Node", "Streams$Base"])
    #expect(node["flag"].boolean == true)
    #expect(node["small"].integer == -3)
    #expect(node["half"].integer == -300)
    #expect(node["whole"].integer == 70000)
    #expect(node["number"].integer == -5_000_000_000)
    if case .character(let letter) = node["letter"] { #expect(letter == 0xE9) } else { Issue.record("no char") }
    if case .float(let single) = node["single"] { #expect(single == 1.5) } else { Issue.record("no float") }
    if case .double(let twice) = node["twice"] { #expect(twice == -2.25) } else { Issue.record("no double") }
    #expect(node["shared"].string == "derived")
    #expect(node.fields.first { $0.name == "shared" }?.value.string == "base")
    #expect(node["self"].object?.identity == node.identity)
    #expect(node["numbers"].list?.map(\.integer) == [1, -2, 3])
    #expect(node.customBytes(of: "Streams$Node").count == 304)
    #expect(node.customObjects(of: "Streams$Node").first?.string == "after")

    if case .enumeration(let colour) = values[2] {
      #expect(colour.className == "Streams$Colour")
      #expect(colour.constant == "GREEN")
    } else {
      Issue.record("no enum")
    }
    let point = try #require(values[3].object)
    #expect(point["x"].integer == 3 && point["label"].string == "p" && point.type.serialVersionUID == 0)
    #expect(values[4].object?.customBytes(of: "Streams$Outside") == [0, 7] + Array("outside".utf8))
    if case .classObject(let type) = values[5] {
      #expect(type.name == "Streams$Node")
    } else {
      Issue.record("no class")
    }
    if case .classDescription(let type) = values[6] {
      #expect(type.name == "Streams$Base" && type.serialVersionUID == 7)
    } else {
      Issue.record("no class description")
    }
    let proxy = try #require(values[7].object)
    #expect(proxy.type.interfaces == ["Streams$Greeter"])
    #expect(proxy["h"].object?["name"].string == "handler")
    #expect(values[8].string == "nul \0 grin 😀 é")
    #expect(values[9].string == String(repeating: "x", count: 70000))
    #expect(values[10].bytes == [1, 255])
    #expect(values[11].list?.first?.list?.first?.string == "a")
    #expect(values[12].list?.map(\.integer) == [1, 2])
    #expect(values[13].stringMap == ["k": "v"])
    #expect(values[14].list?.map(\.string) == ["a", "b", "c"])
    #expect(values[15].stringMap == ["one": "1"])
    #expect(values[16].stringMap == ["u": "w"])
    #expect(values[17].stringMap == ["c": "d"])
    #expect(values[18].list?.map(\.string) == ["t"])
    guard case .exception(let exception) = values[19] else {
      Issue.record("no exception")
      return
    }
    #expect(exception["detailMessage"].string == "midway")
    #expect(values[20].string == "end")
  }

  @Test(.enabled(if: java != nil, "there is no java on the search path"))
  func javaReadsWhatIsWritten() async throws {
    let exception = JavaLayout(
      "java.lang.Exception", -3_387_516_993_124_229_948,
      extends: JavaLayout(
        "java.lang.Throwable", -3_042_686_055_658_047_285,
        [
          JavaField("cause", "Ljava/lang/Throwable;"), JavaField("detailMessage", "Ljava/lang/String;"),
          JavaField("stackTrace", "[Ljava/lang/StackTraceElement;"),
          JavaField("suppressedExceptions", "Ljava/util/List;"),
        ], writesCustomData: true))
    let frames = JavaLayout("[Ljava.lang.StackTraceElement;", 163_864_874_655_228_473)
    let value = JavaOutput.list([
      .string("plain"), .string("nul \0 grin 😀"), .string("plain"), .integerObject(-1), .longObject(1 << 40),
      .booleanObject(true), .null, .bytes([1, 255]), .list([]), .map([(.string("k"), .string("v"))]),
      .treeMap(["b": "2", "a": "1"]), .array(JavaLayout("[I", 5_600_894_804_908_749_477), [.int(1), .int(-2)]),
      .enumeration(JavaLayout(enumeration: "java.lang.Thread$State"), "NEW"),
      .object(exception, ["detailMessage": .string("words"), "stackTrace": .array(frames, [])]),
      .string(String(repeating: "y", count: 70000)),
    ])
    let text = try await withFile { file in
      try Data(try JavaStreamWriter.write(value)).write(to: URL(fileURLWithPath: file))
      return try await run("read", file)
    }
    let long = String(repeating: "y", count: 70000)
    #expect(
      text == "[plain String;nul \0 grin 😀 String;plain String;-1 Integer;1099511627776 Long;true Boolean;null;"
        + "byte[1, -1];[];{k=v} HashMap;{a=1, b=2} TreeMap;int[1, -2];NEW State;java.lang.Exception:words;"
        + "\(long) String;]")
  }
}
