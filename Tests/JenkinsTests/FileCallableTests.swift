import Foundation
import JourneymanJavaStream
import JourneymanSupport
import Synchronization
import TestSupport
import Testing

@testable import JourneymanJenkins

/// What a controller does with files, and what it may not.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct FileCallableTests {
  private let agent: TestAgent
  private var controller: ScriptedController { agent.controller }
  private let workspace: String

  init() async throws {
    agent = try await TestAgent()
    workspace = agent.directory + "/workspace/job \(Int.random(in: 0...999)) é"
  }

  private typealias Fields = [(JavaField, JavaOutput)]

  private func ask(_ name: String, _ path: String, _ fields: Fields = []) throws -> Int32 {
    let layout = JavaLayout("hudson.FilePath$" + name, 1, fields.map(\.0))
    return try controller.ask(
      about: path, .object(layout, Dictionary(uniqueKeysWithValues: fields.map { ($0.0.name, $0.1) })))
  }

  private func call(_ name: String, _ path: String, _ fields: Fields = []) async throws -> ScriptedController.Answer {
    try await controller.answer(to: try ask(name, path, fields))
  }

  private func text(_ name: String, _ value: String?) -> (JavaField, JavaOutput) {
    (JavaField(name, "Ljava/lang/String;"), .optional(value))
  }

  private func write(_ path: String, _ content: String, _ encoding: String? = nil) async throws
    -> ScriptedController.Answer
  {
    try await call("Write", path, [text("encoding", encoding), text("content", content)])
  }

  /// Reads a file through a pipe.
  private func read(_ path: String) async throws -> (bytes: [UInt8], error: String?) {
    let number = Int32.random(in: 1...1_000_000)
    let pipe = JavaOutput.object(
      JavaLayout("hudson.remoting.Pipe", 1, [], writesCustomData: true),
      custom: ["hudson.remoting.Pipe": [.block([1] + JavaOutput.bigEndian(number))]])
    let answer = try await call("Read", path, [(JavaField("p", "Lhudson/remoting/Pipe;"), pipe)])
    #expect(answer.value?.isNull == true)
    #expect(answer.others.allSatisfy { $0["oid"].integer == Int64(number) })
    let order = answer.others.compactMap { $0["ioId"].integer }
    #expect(order == order.sorted())
    let end = try #require(answer.others.last)
    #expect(end.className == "hudson.remoting.ProxyOutputStream$EOF")
    return (answer.others.dropLast().flatMap { $0["buf"].bytes ?? [] }, end["error"].object?["detailMessage"].string)
  }

  @Test func filesAreMadeReadMovedAndRemoved() async throws {
    try await agent.serve {
      #expect(try await call("Exists", workspace).value?.boolean == false)
      #expect(try await call("Mkdirs", workspace).value?.boolean == true)
      #expect(try await call("Mkdirs", workspace).value?.boolean == true)
      #expect(try await call("IsDirectory", workspace).value?.boolean == true)
      let file = workspace + "/a/b.txt"
      #expect(try await write(file, "café\n").value?.isNull == true)
      #expect(try await read(file).bytes == Array("café\n".utf8))
      #expect(try await write(file, "café", "ISO-8859-1").value?.isNull == true)
      #expect(try await read(file).bytes == [0x63, 0x61, 0x66, 0xE9])
      #expect(try await call("Length", file).value?.integer == 4)
      #expect((try await call("LastModified", file).value?.integer ?? 0) > 1_600_000_000_000)
      #expect(try await call("IsDirectory", file).value?.boolean == false)
      #expect(try await write(file, "x", "KOI-7").failure?.message.contains("KOI-7") == true)

      let target = JavaOutput.object(
        JavaLayout("hudson.FilePath", 1, [JavaField("remote", "Ljava/lang/String;")], writesCustomData: true),
        ["remote": .string(workspace + "_old")])
      let rename = try await call("RenameTo", workspace, [(JavaField("target", "Lhudson/FilePath;"), target)])
      #expect(rename.value?.isNull == true)
      #expect(try await call("Exists", workspace + "_old/a/b.txt").value?.boolean == true)
      #expect(try await call("DeleteContents", workspace + "_old").value?.isNull == true)
      #expect(try await call("Exists", workspace + "_old/a").value?.boolean == false)
      #expect(try await call("DeleteRecursive", workspace + "_old").value?.isNull == true)
      #expect(try await call("DeleteRecursive", workspace + "_old").value?.isNull == true)
      #expect(try await call("Exists", workspace + "_old").value?.boolean == false)
    }
  }

  @Test func largeFilesComeInOrder() async throws {
    try await agent.serve {
      let content = String((0..<200_000).map { Character(Unicode.Scalar(UInt8(97 + $0 % 26))) })
      _ = try await write(workspace + "/big", content)
      #expect(try await read(workspace + "/big").bytes == Array(content.utf8))
    }
  }

  @Test func aMissingFileEndsThePipeWithAnError() async throws {
    try await agent.serve {
      let answer = try await read(workspace + "/nothing")
      #expect(answer.bytes.isEmpty)
      #expect(answer.error?.contains("No such file") == true)
    }
  }

  @Test func aScriptGoesBesideTheWorkspaceForThisUserAlone() async throws {
    try await agent.serve {
      let answer = try await call(
        "CreateTextTempFile", workspace,
        [
          (JavaField("inThisDirectory", "Z"), .boolean(false)), text("contents", "echo hi"), text("prefix", "jenkins"),
          text("suffix", ".sh"),
        ])
      let path = try #require(answer.value?.string)
      #expect(path.hasPrefix(workspace + "@tmp/jenkins") && path.hasSuffix(".sh"))
      var status = stat()
      #expect(lstat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
      #expect(try FileSystem.read(path, limit: 100) == Array("echo hi".utf8))
      #expect(try await call("Delete", path).value?.isNull == true)
      let escape = try await call(
        "CreateTextTempFile", workspace,
        [text("contents", "x"), text("prefix", "../../up"), text("suffix", ".sh")])
      #expect(escape.failure?.message.contains("temporary file") == true)
    }
  }

  @Test func aCredentialFileIsFilledThroughAStreamAndNeverOpenToOthers() async throws {
    try await agent.serve {
      let file = workspace + "@tmp/secretFiles/1/key"
      let stream = try #require(try await call("WritePipe", file).value?.object)
      let number = stream.customBytes(of: "hudson.remoting.RemoteOutputStream").reduce(0 as Int32) {
        $0 << 8 | Int32($1)
      }
      var status = stat()
      #expect(lstat(file, &status) == 0 && status.st_mode & 0o777 == 0o600)
      let fields = [JavaField("ioId", "I"), JavaField("oid", "I"), JavaField("requestId", "I"), JavaField("buf", "[B")]
      for part in ["first ", "second"] {
        try controller.send(
          .object(
            JavaLayout("hudson.remoting.ProxyOutputStream$Chunk", 1, fields),
            ["oid": .int(number), "buf": .bytes(Array(part.utf8))]))
      }
      try controller.send(
        .object(JavaLayout("hudson.remoting.ProxyOutputStream$EOF", 1, Array(fields.prefix(3))), ["oid": .int(number)]))
      #expect(try await call("Chmod", file, [(JavaField("mask", "I"), .int(0o400))]).value?.isNull == true)
      #expect(lstat(file, &status) == 0 && status.st_mode & 0o777 == 0o400)
      #expect(try FileSystem.read(file, limit: 100) == Array("first second".utf8))
    }
  }

  @Test func nothingOutsideOfTheNodeIsTouched() async throws {
    let outside = agent.directory + "/../outside"
    try FileSystem.makeDirectories(PathName.directory(of: agent.directory) + "/outside")
    try await agent.serve {
      for path in [
        "/etc/passwd", outside, agent.directory + "-other/x", "relative", agent.directory + "/a/../../secret",
      ] {
        for name in ["Exists", "Mkdirs", "DeleteRecursive", "LastModified"] {
          let failure = try await call(name, path).failure
          #expect(failure?.className == "java.io.IOException", "\(name) \(path)")
        }
        #expect(try await write(path, "x").failure != nil)
        #expect(try await read(path).error != nil)
      }
      #expect(try await call("DeleteRecursive", agent.directory).failure?.message.contains("does not remove") == true)
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: PathName.directory(of: agent.directory) + "/outside").isEmpty)
  }

  /// A build that runs swaps a directory for a link to somewhere else, again and again, while the controller writes,
  /// reads and removes there.
  @Test func swappedDirectoriesLeadNobodyOut() async throws {
    let base = PathName.directory(of: agent.directory)
    let prize = base + "/prize"
    try FileSystem.makeDirectories(prize + "/keep")
    try FileSystem.writeAtomically(Array("secret".utf8), to: prize + "/keep/file")
    try FileSystem.makeDirectories(workspace + "/keep")
    let isOver = Mutex(false)
    let place = workspace
    let attacker = Thread { @Sendable in
      while !isOver.withLock({ $0 }) {
        rename(place + "/keep", place + "/aside")
        symlink(prize + "/keep", place + "/keep")
        unlink(place + "/keep")
        rename(place + "/aside", place + "/keep")
      }
    }
    attacker.start()
    defer { isOver.withLock { $0 = true } }
    try await agent.serve {
      for round in 0..<60 {
        _ = try await write(place + "/keep/new-\(round)", "x")
        #expect(try await read(place + "/keep/file").bytes.isEmpty)
        _ = try await call("DeleteRecursive", place + "/keep/file")
        _ = try await call("DeleteContents", place + "/keep")
        _ = try await call("DeleteRecursive", place + "/keep")
        _ = try await call("Mkdirs", place + "/keep/deep")
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: prize + "/keep") == ["file"])
    #expect(try FileSystem.read(prize + "/keep/file", limit: 100) == Array("secret".utf8))
  }
}
