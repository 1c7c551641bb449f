import Foundation
import JourneymanSupport

/// The directory in which builds of this machine's user live while they run, and their results after that.
///
/// ```
/// work/<id>/          one running build: source, scripts, home; locked by its keeper
/// builds/<project>/<number>/   its output, unless the caller names another directory
/// sources/<repository>/source/   a checkout that the next build of the repository uses again
/// numbers/<project>   how many builds the project has had
/// ```
public struct WorkDirectory: Sendable {
  /// The directory's absolute path.
  public let path: String

  /// Where checkouts live on from build to build.
  public var sources: String { path + "/sources" }

  /// Names a work directory, which need not exist yet.
  public init(path: String) { self.path = path }

  /// A place for one build: alive as long as this value, or the process.
  public struct Slot: ~Copyable, Sendable {
    /// The build's identifier.
    public let id: String
    /// The project's build number.
    public let number: Int
    /// The build's private directory.
    public let directory: String
    /// Where its output goes unless the caller says otherwise.
    public let output: String
    /// Held by the keeper; the kernel lets go of it however the process ends.
    private let lock: OwnedDescriptor

    fileprivate init(id: String, number: Int, directory: String, output: String, lock: consuming OwnedDescriptor) {
      self.id = id
      self.number = number
      self.directory = directory
      self.output = output
      self.lock = lock
    }
  }

  /// Makes a place for a build of a project, and removes what builds whose keeper is dead have left behind.
  ///
  /// - Throws: ``KeeperError`` when the directory cannot be used.
  public func begin(project: String) throws -> Slot {
    do throws(SystemError) {
      try FileSystem.makeDirectories(path + "/work", mode: 0o700)
      try FileSystem.makeDirectories(path + "/numbers", mode: 0o700)
      removeDeadBuilds()
      let number = try nextNumber(of: project)
      let id = UUID().uuidString.lowercased()
      let directory = path + "/work/" + id
      let lock = try FileSystem.open(directory + ".lock", flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
      try retryingInterrupts("lock \(directory)") { flock(lock.number, LOCK_EX | LOCK_NB) }
      try FileSystem.makeDirectories(directory, mode: 0o700)
      return Slot(
        id: id, number: number, directory: directory, output: path + "/builds/\(project)/\(number)", lock: lock)
    } catch {
      throw KeeperError(
        .state,
        "\(error); builds need a writable directory: set agent.workdir in agent.conf or XDG_STATE_HOME",
        underlying: error)
    }
  }

  /// Gives a place back.
  public func end(_ slot: consuming Slot) {
    try? FileSystem.removeTree(slot.directory)
    unlink(slot.directory + ".lock")
  }

  /// A build is dead when nobody holds its lock. What cannot be removed now is tried again by the next build.
  private func removeDeadBuilds() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path + "/work")) ?? []
    for name in names where name.hasSuffix(".lock") {
      let lockPath = path + "/work/" + name
      guard let lock = try? FileSystem.open(lockPath, flags: O_RDWR | O_NOFOLLOW),
        flock(lock.number, LOCK_EX | LOCK_NB) == 0
      else { continue }
      try? FileSystem.removeTree(String(lockPath.dropLast(".lock".count)))
      unlink(lockPath)
    }
  }

  private func nextNumber(of project: String) throws(SystemError) -> Int {
    let path = self.path + "/numbers/" + project
    let file = try FileSystem.open(path, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
    try retryingInterrupts("lock \(path)") { flock(file.number, LOCK_EX) }
    let text = String(decoding: try FileSystem.readAll(file.number, limit: 64, name: path), as: UTF8.self)
    let number = (Int(text) ?? 0) + 1
    try retryingInterrupts("write \(path)") { ftruncate(file.number, 0) }
    try retryingInterrupts("write \(path)") { lseek(file.number, 0, SEEK_SET) }
    try FileSystem.writeAll(Array(String(number).utf8), to: file.number, name: path)
    return number
  }
}
