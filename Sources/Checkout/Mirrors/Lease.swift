import Foundation
internal import JourneymanSupport

/// The note that a workspace borrows objects from a mirror. It holds until the workspace's directory is gone or has
/// become another directory.
struct Lease: Codable, Sendable {
  let workspace: String
  let device: UInt64
  let inode: UInt64
  let generation: Int
  private static let largest = 16_384

  /// Leases a mirror to a directory that exists.
  init(workspace: String, generation: Int) throws(SystemError) {
    var status = stat()
    if lstat(workspace, &status) != 0 { throw SystemError("look at \(workspace)") }
    self.workspace = workspace
    self.generation = generation
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }

  var isAlive: Bool {
    var status = stat()
    return lstat(workspace, &status) == 0 && UInt64(status.st_dev) == device && UInt64(status.st_ino) == inode
  }

  /// Replaces the workspace's earlier lease.
  func write(in location: MirrorLocation) throws {
    let name = try MirrorLocation.digest(workspace)
    try FileSystem.writeAtomically(Array(JSONEncoder().encode(self)), to: "\(location.leases)/\(name)")
  }

  /// Ends the lease of a workspace, if it has one.
  static func remove(of workspace: String, in location: MirrorLocation) {
    guard let name = try? MirrorLocation.digest(workspace) else { return }
    unlink("\(location.leases)/\(name)")
  }

  /// The leases of a mirror; those that are over are removed.
  static func all(in location: MirrorLocation) throws -> [Lease] {
    var leases: [Lease] = []
    for name in try MirrorInspection.entries(location.leases) ?? [] {
      let path = "\(location.leases)/\(name)"
      let lease = try? JSONDecoder().decode(Lease.self, from: Data(FileSystem.read(path, limit: largest)))
      if let lease, lease.isAlive { leases.append(lease) } else { unlink(path) }
    }
    return leases
  }
}
