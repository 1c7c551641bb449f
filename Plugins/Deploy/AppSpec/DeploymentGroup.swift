import Foundation
import JourneymanActionKit
import JourneymanActionSupport

/// The state of one deployment group, held by one deployment at a time.
struct DeploymentGroup: Sendable {
  let paths: DeploymentPaths
  private let lock: GroupLock

  /// Takes the group.
  ///
  /// - Throws: `PluginError` when another deployment has it.
  init(_ paths: DeploymentPaths) throws(PluginError) {
    self.paths = paths
    let missing = [PathText.parent(of: paths.group), paths.group].filter { !exists($0) }
    try HostFiles.makeDirectories(paths.group)
    // Scripts may run as others, who have to reach them, whatever the umask is.
    for directory in missing { chmod(directory, 0o755) }
    lock = try GroupLock(paths)
  }

  /// Makes the directory of a new deployment, which others can pass through to run scripts as other users.
  ///
  /// - Returns: its name.
  func makeDeployment() throws(PluginError) -> String {
    var id = DeploymentID.make()
    while exists(paths.deployment(id)) { id = DeploymentID.make() }
    for directory in [paths.deployment(id), paths.archive(id), paths.logs(id)] {
      try HostFiles.makeDirectories(directory)
      // Whatever the umask is.
      if chmod(directory, 0o755) != 0 {
        throw PluginError(.file, "cannot set the mode of \(directory): \(String(cString: strerror(errno)))")
      }
    }
    return id
  }

  /// Ends the record of a deployment that has succeeded or is undone.
  func close(_ deployment: String) throws(PluginError) {
    if unlink(paths.journal) != 0 && errno != ENOENT {
      throw PluginError(.file, "cannot remove \(paths.journal): \(String(cString: strerror(errno)))")
    }
    try HostFiles.removeTree(paths.saved(deployment))
  }

  /// Removes the oldest deployments beyond a number; never that which is deployed.
  func prune(keeping count: Int, current: String?) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: paths.group).filter { DeploymentID.isValid($0) }
    let dated = names.map { name -> (name: String, time: Double) in
      var status = stat()
      _ = lstat(paths.deployment(name), &status)
      return (name, Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9)
    }
    for old in dated.sorted(by: { $0.time > $1.time }).dropFirst(count) where old.name != current {
      try HostFiles.removeTree(paths.deployment(old.name))
    }
  }
}

/// The lock of a group, given back with the last reference.
private final class GroupLock: Sendable {
  private let file: FileHandle

  init(_ paths: DeploymentPaths) throws(PluginError) {
    let number = open(paths.lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if number < 0 { throw PluginError(.file, "cannot open \(paths.lock): \(String(cString: strerror(errno)))") }
    file = FileHandle(fileDescriptor: number, closeOnDealloc: true)
    if flock(number, LOCK_EX | LOCK_NB) == 0 { return }
    if errno != EWOULDBLOCK {
      throw PluginError(.file, "cannot lock \(paths.lock): \(String(cString: strerror(errno)))")
    }
    throw PluginError(
      .failed, "another deployment of this group is under way (\(paths.group)); run this one when it has ended")
  }

  // Closing alone is not enough: a process that is just being started holds a copy until it has become its program.
  deinit { flock(file.fileDescriptor, LOCK_UN) }
}
