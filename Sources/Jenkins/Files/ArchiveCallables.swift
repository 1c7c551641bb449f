internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanJenkinsModel
internal import JourneymanSupport

/// `stash`, `unstash`, `archiveArtifacts` and fingerprints: archives of files, made and unpacked by a worker.
struct ArchiveCallables: Sendable {
  let files: NodeFiles
  let worker: WorkerProcess

  private static let record = JavaLayout(
    "hudson.tasks.Fingerprinter$Record", 1,
    [
      JavaField("produced", "Z"), JavaField("fileName", "Ljava/lang/String;"),
      JavaField("md5sum", "Ljava/lang/String;"), JavaField("relativePath", "Ljava/lang/String;"),
    ])

  /// How much of an archive is asked for at once; the controller gives a mebibyte at most.
  private static let piece: Int32 = 256 << 10
  /// File systems with coarse clocks make files look older than they are, in milliseconds (`Fingerprinter`).
  private static let clockError: Int64 = 2000

  func add(to table: inout CallableTable) {
    table[file: "hudson.FilePath$Archive"] = { task, path, call in try await archive(task, path, call) }
    table[file: "hudson.FilePath$CopyRecursiveRemoteToLocal"] = { task, path, call in
      try await copy(task, path, call)
    }
    for name in ["hudson.FilePath$UntarRemote", "hudson.FilePath$UntarFrom"] {
      table[file: name] = { task, path, call in try await unpack(task, path, call) }
    }
    table[file: "hudson.tasks.ArtifactArchiver$ListFiles"] = { task, path, _ in
      let names = try await names(.list(Self.selection(task, includes: "includes", links: "followSymlinks")), path)
      return .map(names.map { (.string($0), .string($0)) })
    }
    table[file: "hudson.tasks.Fingerprinter$FindRecords"] = { task, path, _ in try await fingerprints(task, path) }
    table[file: "hudson.FilePath$ValidateAntFileMask"] = { task, path, _ in
      let masks = FileSelection.patterns(task["fileMasks"].string)
      let unmatched = try await names(
        .unmatched(masks, isCaseSensitive: task["caseSensitive"].boolean ?? true), path)
      return .optional(unmatched.first.map { "‘\($0)’ doesn’t match anything" })
    }
  }

  // MARK: Making archives

  private func archive(_ task: JavaObject, _ path: String, _ call: Call) async throws -> JavaOutput {
    guard let output = StreamReferences.output(task["out"]), let factory = task["factory"].object,
      let scanner = task["scanner"].object
    else { throw JenkinsError(.protocolBroken, "the controller archives '\(path)' into nothing") }
    let options = LinkOptions(task["openOptions"])
    var job = PackingJob(.tar, .selection(try Self.selection(of: scanner, options)))
    switch factory.className {
    case "hudson.util.io.ArchiverFactory$TarArchiverFactory":
      job.format = try Self.isCompressed(factory["method"]) ? .tarGzip : .tar
    case "hudson.util.io.ArchiverFactory$ZipArchiverFactory":
      job.format = .zip
      job.prefix = factory["prefix"].string ?? ""
    default: throw JenkinsError(.unsupported, "this agent writes no archives by the class \(factory.className)")
    }
    return try await pack(job, path, followsLinks: options.followsLinks, to: output, call)
  }

  private func copy(_ task: JavaObject, _ path: String, _ call: Call) async throws -> JavaOutput {
    guard let pipe = StreamReferences.pipe(task["pipe"]), let scanner = task["scanner"].object else {
      throw JenkinsError(.protocolBroken, "the controller copies '\(path)' into nothing")
    }
    let content: PackingJob.Content =
      if scanner.className == "hudson.FilePath$ExplicitlySpecifiedDirScanner" {
        .files(scanner["files"].stringMap ?? [:])
      } else {
        .selection(try Self.selection(of: scanner, LinkOptions(.null)))
      }
    let job = PackingJob(try Self.isCompressed(task["compression"]) ? .tarGzip : .tar, content)
    let answer = try await pack(job, path, followsLinks: true, to: pipe, call)
    try await call.channel.end(pipe)
    return answer
  }

  private func pack(
    _ job: PackingJob, _ path: String, followsLinks: Bool, to stream: Int32, _ call: Call
  ) async throws -> JavaOutput {
    let answer = try await worker.run(
      .pack(job), in: try await directory(path, followsLinks: followsLinks),
      WorkerProcess.Streams(output: { try await call.channel.write($0, to: stream, for: call.id) }))
    guard case .count(let count) = answer else { throw Self.misunderstood }
    return .integerObject(Int32(clamping: count))
  }

  // MARK: Unpacking

  private func unpack(_ task: JavaObject, _ path: String, _ call: Call) async throws -> JavaOutput {
    guard let input = StreamReferences.input(task["in"]) else {
      throw JenkinsError(.protocolBroken, "the controller unpacks nothing into '\(path)'")
    }
    let job = UnpackingJob(
      isCompressed: try Self.isCompressed(task["compression"]), owner: files.owner, shownAs: path)
    try await runBlocking { try files.makeDirectories(path) }
    let source = RemoteInput(number: input, channel: call.channel, piece: Self.piece)
    do {
      _ = try await worker.run(
        .unpack(job), in: try await directory(path), WorkerProcess.Streams(input: { try await source.next() }))
    } catch {
      await source.giveBack()
      throw error
    }
    await source.giveBack()
    return .null
  }

  // MARK: Finding

  private func names(_ job: WorkerJob, _ path: String) async throws -> [String] {
    guard case .names(let names) = try await worker.run(job, in: try await directory(path)) else {
      throw Self.misunderstood
    }
    return names
  }

  private func fingerprints(_ task: JavaObject, _ path: String) async throws -> JavaOutput {
    let job = WorkerJob.fingerprint(Self.selection(task, includes: "targets", links: nil))
    guard case .fingerprints(let found) = try await worker.run(job, in: try await directory(path)) else {
      throw Self.misunderstood
    }
    let since = task["buildTimestamp"].integer ?? 0
    return .list(
      found.map { file in
        .object(
          Self.record,
          [
            "produced": .boolean(since <= file.modified + Self.clockError),
            "fileName": .string(PathName.last(of: file.path)), "md5sum": .string(file.md5),
            "relativePath": .string(file.path),
          ])
      })
  }

  private static let misunderstood = JenkinsError(.failed, "the agent and its worker are not of the same version")

  /// The directory that a job is about; `nil` when there is none, which is as good as an empty one.
  private func directory(_ path: String, followsLinks: Bool = true) async throws -> SharedDirectory? {
    try await runBlocking { try files.directory(path, followsLinks: followsLinks) }
  }

  // MARK: Reading requests

  /// The selection in a callable's own fields.
  private static func selection(_ task: JavaObject, includes: String, links: String?) -> FileSelection {
    FileSelection(
      includes: FileSelection.patterns(task[includes].string),
      excludes: FileSelection.patterns(task["excludes"].string),
      usesDefaultExcludes: task["defaultExcludes"].boolean ?? true,
      isCaseSensitive: task["caseSensitive"].boolean ?? true,
      followsLinks: links.flatMap { task[$0].boolean } ?? true)
  }

  private static func selection(of scanner: JavaObject, _ options: LinkOptions) throws -> FileSelection {
    let scanned = LinkOptions(scanner["openOptions"])
    var selection: FileSelection
    switch scanner.className {
    case "hudson.util.DirScanner$Glob":
      selection = FileSelection(
        includes: FileSelection.patterns(scanner["includes"].string),
        excludes: FileSelection.patterns(scanner["excludes"].string),
        usesDefaultExcludes: scanner["useDefaultExcludes"].boolean ?? true)
      if selection.includes.isEmpty { selection.includes = ["**"] }
    case "hudson.util.DirScanner$Full":
      selection = FileSelection(includes: ["**"], usesDefaultExcludes: false)
    default: throw JenkinsError(.unsupported, "this agent finds no files by the class \(scanner.className)")
    }
    selection.followsLinks = options.followsLinks && scanned.followsLinks
    selection.leavesOutTemporary = options.leavesOutTemporary || scanned.leavesOutTemporary
    return selection
  }

  private static func isCompressed(_ compression: JavaValue) throws -> Bool {
    guard case .enumeration(let method) = compression, ["GZIP", "NONE"].contains(method.constant) else {
      throw JenkinsError(.unsupported, "this agent compresses archives with gzip or not at all")
    }
    return method.constant == "GZIP"
  }
}

/// What `openOptions` of a request say about links and the directories of running steps.
struct LinkOptions {
  let followsLinks: Bool
  let leavesOutTemporary: Bool

  init(_ options: JavaValue) {
    let names = (options.list ?? []).compactMap { option -> String? in
      if case .enumeration(let value) = option { value.constant } else { nil }
    }
    followsLinks = !names.contains("NOFOLLOW_LINKS")
    leavesOutTemporary = names.contains("IGNORE_TMP_DIRS")
  }
}
