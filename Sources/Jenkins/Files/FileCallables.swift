internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanSupport

/// What `hudson.FilePath` asks: making, reading, writing and removing files.
enum FileCallables {
  private static let remoteOutputStream = JavaLayout("hudson.remoting.RemoteOutputStream", 1, writesCustomData: true)
  /// What the name of a temporary file may consist of.
  private static let prefixCharacters = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.".utf8)

  static func add(to table: inout CallableTable, _ files: NodeFiles) {
    addQuestions(to: &table, files)
    addChanges(to: &table, files)
    addStreams(to: &table, files)
  }

  private static func addQuestions(to table: inout CallableTable, _ files: NodeFiles) {
    table[file: "hudson.FilePath$Exists"] = { _, path, _ in
      .booleanObject(try await runBlocking { try files.status(path) != nil })
    }
    table[file: "hudson.FilePath$IsDirectory"] = { _, path, _ in
      .booleanObject(try await runBlocking { try files.status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false })
    }
    table[file: "hudson.slaves.SlaveComputer$AbsolutePath"] = { _, path, _ in
      // A relative root is the node's directory of agent.conf.
      .string(path.hasPrefix("/") ? path : files.directory)
    }
    table[file: "hudson.FilePath$Length"] = { _, path, _ in
      .longObject(try await runBlocking { Int64(try files.status(path)?.st_size ?? 0) })
    }
    table[file: "hudson.FilePath$LastModified"] = { _, path, _ in
      .longObject(
        try await runBlocking {
          try files.status(path).map { Int64($0.st_mtim.tv_sec) * 1000 + Int64($0.st_mtim.tv_nsec) / 1_000_000 } ?? 0
        })
    }
  }

  private static func addChanges(to table: inout CallableTable, _ files: NodeFiles) {
    table[file: "hudson.FilePath$Mkdirs"] = { _, path, _ in
      try await runBlocking { try files.makeDirectories(path) }
      return .booleanObject(true)
    }
    for name in ["hudson.FilePath$Delete", "hudson.FilePath$DeleteRecursive"] {
      table[file: name] = { _, path, _ in
        try await runBlocking { try files.remove(path) }
        return .null
      }
    }
    table[file: "hudson.FilePath$DeleteContents"] = { _, path, _ in
      try await runBlocking { try files.removeContents(path) }
      return .null
    }
    table[file: "hudson.FilePath$RenameTo"] = { task, path, _ in
      guard let target = task["target"].object?["remote"].string else {
        throw JenkinsError(.protocolBroken, "the controller renames '\(path)' to nothing")
      }
      try await runBlocking { try files.rename(path, to: target) }
      return .null
    }
    table[file: "hudson.FilePath$Chmod"] = { task, path, _ in
      let mask = mode_t(truncatingIfNeeded: task["mask"].integer ?? 0) & 0o777
      try await runBlocking {
        try files.changeMode(of: path, to: mask)
      }
      return .null
    }
    table[file: "hudson.FilePath$Write"] = { task, path, _ in
      let bytes = try TextEncoding.encode(task["content"].string ?? "", task["encoding"].string)
      try await runBlocking {
        let file = try files.create(path)
        try FileSystem.writeAll(bytes, to: file.number, name: path)
      }
      return .null
    }
    table[file: "hudson.FilePath$CreateTextTempFile"] = { task, path, _ in
      try await .string(temporaryFile(task, path, files))
    }
  }

  /// Makes a file for a script. One for the temporary directory goes beside the workspace, where the build sees it and
  /// other builds do not.
  private static func temporaryFile(_ task: JavaObject, _ path: String, _ files: NodeFiles) async throws -> String {
    let prefix = task["prefix"].string ?? ""
    let suffix = task["suffix"].string ?? ""
    guard (prefix + suffix).utf8.allSatisfy(prefixCharacters.contains) else {
      throw JenkinsError(.forbidden, "the agent makes no temporary file named '\(prefix)…\(suffix)'")
    }
    let directory = task["inThisDirectory"].boolean == true ? path : path + "@tmp"
    let bytes = Array((task["contents"].string ?? "").utf8)
    return try await runBlocking {
      let name = directory + "/" + prefix + String(UInt64.random(in: .min ... .max), radix: 36) + suffix
      let file = try files.create(name, mode: 0o600, exclusively: true)
      try FileSystem.writeAll(bytes, to: file.number, name: name)
      return name
    }
  }

  // MARK: Contents

  private static func addStreams(to table: inout CallableTable, _ files: NodeFiles) {
    table[file: "hudson.FilePath$Read"] = { task, path, call in
      guard let pipe = StreamReferences.pipe(task["p"]) else {
        throw JenkinsError(.protocolBroken, "the controller reads '\(path)' into nothing")
      }
      do {
        let follows = LinkOptions(task["openOptions"]).followsLinks
        try await send(path, from: 0, to: pipe, followsLinks: follows, files, call)
      } catch let error where error is SystemError || (error as? JenkinsError)?.code == .forbidden {
        // The step that reads gets the exception from the pipe; the request itself succeeds, as with Java's agent.
        try await call.channel.end(pipe, error: "\(error)")
        return .null
      }
      try await call.channel.end(pipe)
      return .null
    }
    table[file: "hudson.FilePath$WritePipe"] = { _, path, call in
      let stream = try await runBlocking { try IncomingFile(path, files) }
      let number = call.channel.export(stream)
      return outputStream(number)
    }
  }

  /// A stream of the agent that the controller writes to.
  static func outputStream(_ number: Int32) -> JavaOutput {
    .object(remoteOutputStream, custom: [remoteOutputStream.name: [.block(JavaOutput.bigEndian(number))]])
  }

  /// Sends a file's content from a position on.
  ///
  /// - Returns: how many bytes there were.
  @discardableResult
  static func send(
    _ path: String, from start: Int64, to stream: Int32, followsLinks: Bool = true, _ files: NodeFiles, _ call: Call
  ) async throws -> Int64 {
    let file = try await runBlocking {
      OpenFile(try files.open(path, flags: O_RDONLY | O_NONBLOCK, followsLinks: followsLinks), path)
    }
    var position = start
    while true {
      let offset = position
      let bytes = try await runBlocking { try file.read(64 << 10, at: offset) }
      if bytes.isEmpty { return position - start }
      position += Int64(bytes.count)
      try await call.channel.write(bytes, to: stream, for: call.id)
    }
  }
}
