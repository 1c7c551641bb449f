import CSandbox
import Foundation
import JourneymanSupport

/// Removes what builds leave on disk: files of ids that this user cannot reach itself, directories of mode 0000, trees of
/// any depth, odd attributes. Nothing is followed.
public enum Leftovers {
  /// Empties a directory that no running build uses.
  ///
  /// - Throws: ``SandboxError`` when something could not be removed.
  public static func removeContents(of path: String) async throws {
    let directory = try FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    let lease = geteuid() == 0 ? nil : try UserLease.take()
    // As root nothing is out of reach, and a range of ids must not be taken only to remove files of another.
    try await removeContents(of: directory.number, shown: path, map: lease?.map)
  }

  /// Removes a directory with everything in it; what is already gone is no error.
  ///
  /// - Throws: ``SandboxError`` when something could not be removed.
  public static func remove(_ path: String) async throws {
    do {
      try await removeContents(of: path)
    } catch let error as SystemError where error.number == ENOENT {
      return
    }
    try retryingInterrupts("remove \(path)") { rmdir(path) }
  }

  static func removeContents(of directory: Int32, shown: String, map: UserMap?) async throws {
    var request = SpawnRequest(executable: try InitProgram.path(), arguments: ["journeyman-init"], environment: [])
    var plan = SetupPlan()
    if let map {
      request.namespaces = UInt64(CLONE_NEWUSER)
      request.keptCapabilities = StrictPlan.builderCapabilities
      plan.steps.append(SetupStep(SANDBOX_STEP_BECOME_ROOT, flags: map.kind == .single ? [] : [SANDBOX_FLAG_GROUPS]))
    }
    plan.steps.append(SetupStep(SANDBOX_STEP_REMOVE_CONTENTS, descriptor: 0))
    let (process, connection) = try await InitConnection.start(request, plan: plan, descriptors: [directory]) {
      processID throws(SandboxError) in try map?.apply(to: processID)
    }
    let reply = await connection.ready()
    connection.tell(SANDBOX_MESSAGE_END)
    _ = await process.wait()
    connection.close()
    guard let message = reply?.message, sandbox_message_type(message.type) == SANDBOX_MESSAGE_READY else {
      let error = SystemError("remove what a build left in \(shown)", number: reply?.message.error ?? ECHILD)
      throw SandboxError(.system, "\(error)", underlying: error)
    }
  }
}
