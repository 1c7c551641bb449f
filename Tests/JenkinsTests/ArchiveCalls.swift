import Foundation
import JourneymanJavaStream
import JourneymanSupport

@testable import JourneymanJenkins

/// What a controller does to move archives of files.
struct ArchiveCalls {
  let controller: ScriptedController
  let workspace: String

  private static let gzip = JavaOutput.enumeration(JavaLayout(enumeration: "hudson.FilePath$TarCompression"), "GZIP")

  private static func object(_ name: String, _ fields: [(JavaField, JavaOutput)]) -> JavaOutput {
    .object(
      JavaLayout(name, 1, fields.map(\.0)), Dictionary(uniqueKeysWithValues: fields.map { ($0.0.name, $0.1) }))
  }

  /// Asks for an archive as `stash` does.
  func askToStash(_ includes: String, to stream: Int32, _ path: String? = nil) throws -> Int32 {
    let factory = Self.object(
      "hudson.util.io.ArchiverFactory$TarArchiverFactory",
      [(JavaField("method", "Lhudson/FilePath$TarCompression;"), Self.gzip)])
    let scanner = Self.object(
      "hudson.util.DirScanner$Glob",
      [
        (JavaField("useDefaultExcludes", "Z"), .boolean(true)),
        (JavaField("includes", "Ljava/lang/String;"), .string(includes)),
      ])
    return try controller.ask(
      about: path ?? workspace,
      Self.object(
        "hudson.FilePath$Archive",
        [
          (JavaField("factory", "Lhudson/util/io/ArchiverFactory;"), factory),
          (JavaField("out", "Ljava/io/OutputStream;"), Launching.stream(stream)),
          (JavaField("scanner", "Lhudson/util/DirScanner;"), scanner),
        ]))
  }

  func stash(_ includes: String) async throws -> (count: Int64?, archive: [UInt8], ScriptedController.Answer) {
    let stream = Int32.random(in: 1...1_000_000)
    let answer = try await controller.answer(to: try askToStash(includes, to: stream))
    let bytes = answer.others.filter {
      $0.className == "hudson.remoting.ProxyOutputStream$Chunk" && $0["oid"].integer == Int64(stream)
    }.flatMap { $0["buf"].bytes ?? [] }
    return (answer.value?.integer, bytes, answer)
  }

  private func askToUnstash(from stream: Int32, into path: String) throws -> Int32 {
    let input = JavaLayout("hudson.remoting.RemoteInputStream", 1, writesCustomData: true)
    let task = Self.object(
      "hudson.FilePath$UntarRemote",
      [
        (JavaField("compression", "Lhudson/FilePath$TarCompression;"), Self.gzip),
        (
          JavaField("in", "Lhudson/remoting/RemoteInputStream;"),
          .object(input, custom: [input.name: [.block(JavaOutput.bigEndian(stream))]])
        ), (JavaField("name", "Ljava/lang/String;"), .string("stash.tar.gz")),
      ])
    return try controller.ask(about: path, task)
  }

  func unstash(_ archive: [UInt8], into path: String) async throws -> ScriptedController.Answer {
    let stream = Int32.random(in: 1...1_000_000)
    return try await controller.answer(to: try askToUnstash(from: stream, into: path), giving: [stream: archive])
  }

  /// Has an archive unpacked and waits until the agent asks for its bytes.
  ///
  /// - Returns: the question.
  func beginUnstash(into path: String) async throws -> JavaObject {
    _ = try askToUnstash(from: Int32.random(in: 1...1_000_000), into: path)
    return try await nextQuestion()
  }

  /// Waits until the agent asks for bytes.
  func nextQuestion() async throws -> JavaObject {
    while true {
      guard case .command(let command) = try await controller.next() else {
        throw SystemError("be asked for bytes", number: EPIPE)
      }
      if command.className == "hudson.remoting.ProxyInputStream$Chunk" { return command }
    }
  }

  func listFiles(_ includes: String) async throws -> [String: String]? {
    let answer = try await controller.answer(
      to: try controller.ask(
        about: workspace,
        Self.object(
          "hudson.tasks.ArtifactArchiver$ListFiles",
          [
            (JavaField("caseSensitive", "Z"), .boolean(true)), (JavaField("defaultExcludes", "Z"), .boolean(true)),
            (JavaField("followSymlinks", "Z"), .boolean(true)),
            (JavaField("includes", "Ljava/lang/String;"), .string(includes)),
          ])))
    return answer.value?.stringMap
  }

  /// Copies files as `archiveArtifacts` does.
  func copy(_ names: [String]) async throws -> (ScriptedController.Answer, pipe: Int64) {
    let number = Int32.random(in: 1...1_000_000)
    let pipe = JavaLayout("hudson.remoting.Pipe", 1, writesCustomData: true)
    let scanner = Self.object(
      "hudson.FilePath$ExplicitlySpecifiedDirScanner",
      [(JavaField("files", "Ljava/util/Map;"), .map(names.map { (.string($0), .string($0)) }))])
    let task = Self.object(
      "hudson.FilePath$CopyRecursiveRemoteToLocal",
      [
        (JavaField("compression", "Lhudson/FilePath$TarCompression;"), Self.gzip),
        (
          JavaField("pipe", "Lhudson/remoting/Pipe;"),
          .object(pipe, custom: [pipe.name: [.block([1] + JavaOutput.bigEndian(number))]])
        ), (JavaField("scanner", "Lhudson/util/DirScanner;"), scanner),
      ])
    return (try await controller.answer(to: try controller.ask(about: workspace, task)), Int64(number))
  }
}
