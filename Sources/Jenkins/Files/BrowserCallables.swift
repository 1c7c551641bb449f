internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanJenkinsModel
internal import JourneymanSupport

/// The workspace browser of Jenkins' pages: lists of directories, in which links do not appear.
struct BrowserCallables: Sendable {
  let files: NodeFiles
  let worker: WorkerProcess

  private static let support = "hudson.model.DirectoryBrowserSupport$"
  private static let result = JavaLayout(
    support + "BuildChildPathsResult", 1,
    [JavaField("containsSymLink", "Z"), JavaField("containsTmpDir", "Z"), JavaField("glob", "Ljava/util/List;")])
  private static let path = JavaLayout(
    support + "Path", 1,
    [
      JavaField("isFolder", "Z"), JavaField("isReadable", "Z"), JavaField("lastModified", "J"), JavaField("size", "J"),
      JavaField("href", "Ljava/lang/String;"), JavaField("title", "Ljava/lang/String;"),
    ])
  private static let filePath = JavaLayout(
    "hudson.FilePath", 1,
    [JavaField("remote", "Ljava/lang/String;"), JavaField("urlFactory", "Lhudson/FilePath$UrlFactory;")],
    writesCustomData: true)
  private static let uri = JavaLayout(
    "java.net.URI", -6_052_424_284_110_960_213, [JavaField("string", "Ljava/lang/String;")], writesCustomData: true)

  /// How many entries of a directory a page shows.
  private static let mostEntries = 20_000
  /// How deep a chain of directories with one directory in each is shown in one line.
  private static let longestChain = 100

  func add(to table: inout CallableTable) {
    table[Self.support + "IsAbsolute"] = { request, _ in
      .booleanObject(request["fragment"].string?.hasPrefix("/") == true)
    }
    table[Self.support + "BuildChildPaths"] = { request, _ in
      guard let path = request["cur"].object?["f"].object?["remote"].string else {
        throw JenkinsError(.unsupported, "this agent browses nothing but its own files")
      }
      return try await children(of: path, LinkOptions(request["openOptions"]))
    }
    table[file: "hudson.FilePath$HasSymlink"] = { _, path, _ in
      .booleanObject(try await runBlocking { try hasLink(path) })
    }
    table[file: "hudson.FilePath$ListFilter"] = { task, path, _ in
      let options = LinkOptions(task["filter"].object?["openOptions"] ?? .null)
      let names = try await runBlocking { try entries(of: path, options).shown.map(\.name) }
      return .list(names.map { Self.filePath(path + "/" + $0) })
    }
    table[file: "hudson.FilePath$ToURI"] = { _, path, _ in
      let status = try await runBlocking { try files.status(path) }
      let isDirectory = status.map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
      let text = "file:" + Self.encoded(path, keeping: Self.pathCharacters) + (isDirectory ? "/" : "")
      return .object(Self.uri, ["string": .string(text)])
    }
    table[file: "jenkins.util.VirtualFile$Readable"] = { _, path, _ in
      .booleanObject(try await runBlocking { files.isReadable(path) })
    }
    table[file: "jenkins.util.VirtualFile$Scanner"] = { task, path, _ in try await scan(task, path) }
  }

  /// A file of this machine.
  static func filePath(_ path: String) -> JavaOutput {
    // The byte says that the path is one of the sender's own machine.
    .object(filePath, ["remote": .string(path)], custom: [filePath.name: [.block([1])]])
  }

  private func scan(_ task: JavaObject, _ path: String) async throws -> JavaOutput {
    let options = LinkOptions(task["openOptions"])
    let job = WorkerJob.list(
      FileSelection(
        includes: FileSelection.patterns(task["includes"].string),
        excludes: FileSelection.patterns(task["excludes"].string),
        usesDefaultExcludes: task["useDefaultExcludes"].boolean ?? true, followsLinks: options.followsLinks,
        leavesOutTemporary: options.leavesOutTemporary))
    let directory = try await runBlocking { try files.directory(path, followsLinks: options.followsLinks) }
    guard case .names(let names) = try await worker.run(job, in: directory) else {
      throw JenkinsError(.failed, "the agent and its worker are not of the same version")
    }
    return .list(names.map { .string($0) })
  }

  private func hasLink(_ path: String) throws -> Bool {
    do {
      _ = try files.open(path, flags: FileSystem.pathOnly, followsLinks: false)
      return false
    } catch let error as SystemError where error.number == ELOOP {
      return true
    } catch let error as SystemError where [ENOENT, ENOTDIR].contains(error.number) {
      return false
    }
  }

  // MARK: Lists

  private struct Entry {
    let name: String
    let status: stat
    var isDirectory: Bool { status.st_mode & S_IFMT == S_IFDIR }
    var modified: Int64 { Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000 }
  }

  private struct Entries {
    var shown: [Entry] = []
    var hasLinks = false
    var hasTemporary = false
  }

  /// What lies in a directory, directories first.
  private func entries(of path: String, _ options: LinkOptions) throws -> Entries {
    let directory = try files.open(path, flags: O_RDONLY | O_DIRECTORY, followsLinks: options.followsLinks)
    var result = Entries()
    for name in try FileSystem.rawEntries(of: directory.number, shown: path, limit: Self.mostEntries) {
      guard let text = String(validating: name.name, as: UTF8.self) else { continue }
      var status = stat()
      let bytes = name.name.map { CChar(bitPattern: $0) } + [0]
      if fstatat(directory.number, bytes, &status, AT_SYMLINK_NOFOLLOW) != 0 { continue }
      if status.st_mode & S_IFMT == S_IFLNK {
        result.hasLinks = true
        guard options.followsLinks, let target = try? files.status(path + "/" + text) else { continue }
        status = target
      }
      if options.leavesOutTemporary && status.st_mode & S_IFMT == S_IFDIR && text.hasSuffix("@tmp") {
        result.hasTemporary = true
        continue
      }
      result.shown.append(Entry(name: text, status: status))
    }
    result.shown.sort { ($0.isDirectory ? 0 : 1, $0.name) < ($1.isDirectory ? 0 : 1, $1.name) }
    return result
  }

  private func children(of path: String, _ options: LinkOptions) async throws -> JavaOutput {
    try await runBlocking {
      let entries = try entries(of: path, options)
      let rows = entries.shown.map { JavaOutput.list(row($0, in: path, options)) }
      return .object(
        Self.result,
        [
          "containsSymLink": .boolean(entries.hasLinks && !options.followsLinks),
          "containsTmpDir": .boolean(entries.hasTemporary), "glob": .list(rows),
        ])
    }
  }

  /// An entry, and the directories beneath it as long as there is nothing else to see in each.
  private func row(_ first: Entry, in directory: String, _ options: LinkOptions) -> [JavaOutput] {
    var entry = first
    var path = directory + "/" + first.name
    var address = Self.encoded(first.name, keeping: Self.nameCharacters)
    var row = [output(entry, path, address)]
    while entry.isDirectory, row.count < Self.longestChain, let below = try? entries(of: path, options).shown {
      let seen = below.filter { !$0.name.hasPrefix(".") && $0.name != "CVS" }
      guard seen.count == 1, let only = seen.first, only.isDirectory else { break }
      entry = only
      path += "/" + only.name
      address += "/" + Self.encoded(only.name, keeping: Self.nameCharacters)
      row.append(output(entry, path, address))
    }
    return row
  }

  private func output(_ entry: Entry, _ path: String, _ address: String) -> JavaOutput {
    .object(
      Self.path,
      [
        "isFolder": .boolean(entry.isDirectory), "lastModified": .long(entry.modified),
        "isReadable": .boolean(files.isReadable(path)),
        "size": .long(Int64(entry.status.st_size)), "href": .string(address), "title": .string(entry.name),
      ])
  }

  // MARK: Addresses

  private static let unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()$&+,=@"
  private static let nameCharacters = Set(unreserved.utf8)
  /// Java's `File.toURI` leaves what is not ASCII as it is.
  private static let pathCharacters = Set((unreserved + "/:;").utf8).union(0x80...0xFF)

  private static func encoded(_ text: String, keeping kept: Set<UInt8>) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    let bytes = text.utf8.flatMap { byte -> [UInt8] in
      kept.contains(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
