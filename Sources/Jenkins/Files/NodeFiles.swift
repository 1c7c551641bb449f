internal import Foundation
internal import JourneymanSupport

/// The part of the file system that a controller may touch: the node's directory and what agent.conf adds.
///
/// Every path is resolved beneath its root by the kernel, so that a build which swaps directories for links leads nobody
/// out. All work blocks: run it on a thread of its own.
struct NodeFiles: Sendable {
  /// The node's directory, absolute.
  let directory: String
  /// All roots, absolute, without a slash at the end.
  private let roots: [String]
  /// Who owns what is made here, as user and group, so that builds can use it; `nil` is the agent's own user.
  let owner: UInt32?
  /// Who uses which workspace.
  let use: WorkspaceUse?

  /// - Parameters:
  ///   - directory: the node's directory.
  ///   - others: further directories that the controller may ask for.
  ///   - owner: who owns what is made here.
  ///   - use: what is told when a workspace is used.
  init(directory: String, others: [String] = [], owner: UInt32? = nil, use: WorkspaceUse? = nil) {
    self.use = use
    let roots = ([directory] + others).map { Self.trimmed($0) }
    self.directory = roots[0]
    self.roots = roots
    self.owner = owner
  }

  /// `O_PATH`, which Glibc's module lacks.
  private static let pathOnly: Int32 = 0x20_0000

  private static func trimmed(_ path: String) -> String {
    var path = path[...]
    while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
    return String(path)
  }

  /// A path taken apart.
  struct Place {
    /// The root it lies beneath.
    let root: String
    /// The names below the root; none for the root itself.
    let names: [String]
    /// The path from the root, `.` for the root itself.
    var relative: String { names.isEmpty ? "." : names.joined(separator: "/") }
    /// The path.
    var path: String { ([root] + names).joined(separator: "/") }
  }

  /// Takes a path apart.
  ///
  /// - Throws: ``JenkinsError`` when it lies outside of all roots.
  func place(_ path: String) throws(JenkinsError) -> Place {
    let names = path.split(separator: "/").filter { $0 != "." }.map(String.init)
    guard path.hasPrefix("/"), !names.contains(".."), !path.utf8.contains(0) else {
      throw JenkinsError(.forbidden, "the agent does not use the path '\(path)': it is not absolute or goes up")
    }
    for root in roots {
      let rootNames = root.split(separator: "/").map(String.init)
      if names.starts(with: rootNames) { return Place(root: root, names: Array(names.dropFirst(rootNames.count))) }
    }
    throw JenkinsError(
      .forbidden,
      "'\(path)' is outside of the node's directory \(directory); set workdir of this controller in agent.conf to the"
        + " node's remote root directory, or add the path to paths there")
  }

  /// Opens a file or directory.
  ///
  /// - Parameter followsLinks: whether links that stay beneath the root are followed.
  /// - Throws: ``JenkinsError`` or `SystemError`.
  func open(_ path: String, flags: Int32, mode: UInt32 = 0o644, followsLinks: Bool = true) throws -> OwnedDescriptor {
    let place = try place(path)
    let root = try FileSystem.open(place.root, flags: O_RDONLY | O_DIRECTORY)
    return try FileSystem.openBeneath(
      root.number, place.relative, flags: flags, mode: mode, followSymlinks: followsLinks)
  }

  /// Opens a directory.
  ///
  /// - Returns: `nil` when there is nothing of that name.
  func directory(_ path: String, followsLinks: Bool = true) throws -> SharedDirectory? {
    do {
      return SharedDirectory(try open(path, flags: O_RDONLY | O_DIRECTORY, followsLinks: followsLinks))
    } catch let error as SystemError where error.number == ENOENT {
      return nil
    }
  }

  /// Whether the agent can read what is there.
  func isReadable(_ path: String) -> Bool {
    do {
      _ = try open(path, flags: O_RDONLY | O_NONBLOCK)
      return true
    } catch {
      return false
    }
  }

  /// An entry of an open directory.
  struct Entry: ~Copyable {
    let directory: OwnedDescriptor
    let name: EntryName
  }

  /// Opens the directory that holds an entry.
  ///
  /// - Throws: ``JenkinsError``, also for a root itself, which is not the controller's to remove or replace.
  func entry(_ path: String) throws -> Entry {
    let place = try place(path)
    guard let name = place.names.last else {
      throw JenkinsError(.forbidden, "the agent does not remove or replace '\(place.root)' for a controller")
    }
    let directory = ([place.root] + place.names.dropLast()).joined(separator: "/")
    return Entry(directory: try open(directory, flags: O_RDONLY | O_DIRECTORY), name: EntryName(name.utf8))
  }

  /// What is there.
  ///
  /// - Returns: `nil` when there is nothing.
  func status(_ path: String, followsLinks: Bool = true) throws -> stat? {
    do {
      let file = try open(path, flags: Self.pathOnly | (followsLinks ? 0 : O_NOFOLLOW), followsLinks: followsLinks)
      var status = stat()
      guard fstat(file.number, &status) == 0 else { throw SystemError("look at \(path)") }
      return status
    } catch let error as SystemError where [ENOENT, ENOTDIR].contains(error.number) {
      return nil
    }
  }

  /// Makes a directory and those above it.
  func makeDirectories(_ path: String) throws {
    let place = try place(path)
    use?.note(place.path)
    try FileSystem.makeDirectories(place.root)
    var done = place.root
    for name in place.names {
      let parent = try open(done, flags: O_RDONLY | O_DIRECTORY)
      done += "/" + name
      if mkdirat(parent.number, name, 0o755) == 0 {
        let made = try FileSystem.openBeneath(parent.number, name, flags: O_RDONLY | O_DIRECTORY)
        try give(made.number, done)
      } else if errno != EEXIST {
        throw SystemError("make \(done)")
      }
    }
    // What was there may be a file, or a link that leads out.
    _ = try open(path, flags: O_RDONLY | O_DIRECTORY)
  }

  /// Opens a file to write it anew, with the directories above it.
  func create(_ path: String, mode: UInt32 = 0o644, exclusively: Bool = false) throws -> OwnedDescriptor {
    try makeDirectories(PathName.directory(of: path))
    let flags = O_WRONLY | O_CREAT | (exclusively ? O_EXCL : O_TRUNC)
    let file = try open(path, flags: flags, mode: mode)
    try give(file.number, path)
    return file
  }

  private func give(_ descriptor: Int32, _ path: String) throws {
    guard let owner else { return }
    if fchown(descriptor, owner, owner) != 0 { throw SystemError("give \(path) to builds") }
  }

  /// Removes what is there, with everything in it. Nothing there is no error.
  func remove(_ path: String) throws {
    do {
      let entry = try entry(path)
      try FileSystem.removeEntry(entry.name, in: entry.directory.number, shown: path)
    } catch let error as SystemError where error.number == ENOENT {
      return
    }
  }

  /// Removes everything in a directory.
  func removeContents(_ path: String) throws {
    let directory: OwnedDescriptor
    do {
      directory = try open(path, flags: O_RDONLY | O_DIRECTORY)
    } catch let error as SystemError where error.number == ENOENT {
      return
    }
    for name in try FileSystem.entryNames(of: directory.number, shown: path) {
      try FileSystem.removeEntry(name, in: directory.number, shown: path + "/" + name.shown)
    }
  }

  /// Changes the permission bits of what is there, also of what cannot be read.
  func changeMode(of path: String, to mode: UInt32) throws {
    let file = try open(path, flags: Self.pathOnly)
    // Descriptors that only name a file take a new mode by this name of theirs.
    if chmod("/proc/self/fd/\(file.number)", mode) != 0 { throw SystemError("change the mode of \(path)") }
  }

  /// Renames, within the roots.
  func rename(_ path: String, to target: String) throws {
    let from = try entry(path)
    let to = try entry(target)
    let (oldDirectory, newDirectory) = (from.directory.number, to.directory.number)
    let newName = to.name
    let result = from.name.withCString { old in
      newName.withCString { renameat(oldDirectory, old, newDirectory, $0) }
    }
    if result != 0 { throw SystemError("rename \(path) to \(target)") }
  }
}
