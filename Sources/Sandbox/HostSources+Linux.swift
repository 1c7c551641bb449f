import CSandbox
import Foundation
import JourneymanSupport

/// Directories and files of the machine on their way into a sandbox.
///
/// An ordinary user's sandbox binds them by path, with the user's own rights. As root the worker makes detached copies of
/// the mounts, translates their user ids, and passes them as descriptors: the sandbox itself has no right to reach them.
final class HostSources {
  /// Whose ids on disk become the build's.
  enum Translation: Hashable {
    /// Nobody's: files appear as nobody's.
    case none
    /// The machine's id n is the build's id n. Only for mounts that are read-only, because it shows root's files as the
    /// build's own.
    case system
    /// The ids of the agent's own directories.
    case agent
    /// One user is the build's user 0.
    case owner(user: UInt32, group: UInt32)
  }

  private let map: UserMap
  private(set) var descriptors: [Int32] = []
  private(set) var translations: MountTranslations

  init(map: UserMap) {
    self.map = map
    translations = MountTranslations(map: map)
  }

  deinit {
    for descriptor in descriptors { close(descriptor) }
  }

  /// Passes a descriptor of somebody else's along; a duplicate is kept.
  func pass(_ descriptor: Int32) throws(SystemError) -> Int32 {
    descriptors.append(try retryingInterrupts("duplicate a descriptor") { fcntl(descriptor, F_DUPFD_CLOEXEC, 3) })
    return Int32(descriptors.count - 1)
  }

  /// The step that shows `source` at `path`.
  func show(
    _ source: String, at path: String, translation: Translation, recursive: Bool = true,
    flags: [sandbox_step_flag] = []
  ) throws(SandboxError) -> SetupStep {
    let flags = flags + (recursive ? [SANDBOX_FLAG_RECURSIVE] : [])
    if map.kind != .ownRange {
      return SetupStep(SANDBOX_STEP_BIND, path, "/.host" + source, flags: flags)
    }
    do {
      let tree = try retryingInterrupts("open \(source)") { sandbox_copy_mount(source, recursive, true) }
      descriptors.append(tree)
      // Protected before the translation is set, so that there is no moment in which both could be used.
      let readOnly = flags.contains { $0 == SANDBOX_FLAG_READ_ONLY }
      if translation == .system && !readOnly {
        throw SandboxError(.system, "a writable \(source) must not be shown with root's own ids")
      }
      if readOnly { try retryingInterrupts("protect \(source)") { sandbox_protect_mount(tree, recursive) } }
      if translation != .none {
        translations.mounts.append(.init(tree: tree, translation: translation, recursive: recursive, source: source))
      }
      return SetupStep(SANDBOX_STEP_BIND, path, flags: flags, descriptor: Int32(descriptors.count - 1))
    } catch let error as SystemError {
      throw SandboxError(.system, "\(error)", underlying: error)
    } catch let error as SandboxError {
      throw error
    } catch {
      throw SandboxError(.system, "cannot show \(source)", underlying: error)
    }
  }
}

/// The user ids that detached mounts are still to be translated by, once init's user namespace has its maps.
struct MountTranslations: Sendable {
  struct Mount: Sendable {
    /// The descriptor of the detached mount; whoever made it closes it.
    var tree: Int32
    var translation: HostSources.Translation
    var recursive: Bool
    var source: String
  }

  let map: UserMap
  var mounts: [Mount] = []

  /// Translates them.
  ///
  /// - Parameter processID: init, whose user namespace has its maps already.
  func apply(for processID: Int32) throws(SandboxError) {
    var namespaces: [HostSources.Translation: Int32] = [:]
    defer { for namespace in namespaces.values { close(namespace) } }
    for mount in mounts {
      do throws(SystemError) {
        let known = namespaces[mount.translation]
        let namespace = if let known { known } else { try self.namespace(for: mount.translation, processID) }
        namespaces[mount.translation] = namespace
        if sandbox_translate_mount(mount.tree, namespace, mount.recursive) != 0 {
          throw SystemError("translate \(mount.source)")
        }
      } catch {
        throw Self.explained(error, mount.source)
      }
    }
  }

  private static func explained(_ error: SystemError, _ source: String) -> SandboxError {
    if error.attempt.hasPrefix("translate") && (error.number == EINVAL || error.number == EPERM) {
      return SandboxError(
        .unsupported,
        "the file system of \(source) cannot translate user ids (idmapped mounts), so a build started by root cannot"
          + " use it: set sandbox.system = readonly, or start the build as an ordinary user", underlying: error)
    }
    return SandboxError(.system, "\(error)", underlying: error)
  }

  private func namespace(
    for translation: HostSources.Translation, _ processID: Int32
  ) throws(SystemError) -> Int32 {
    func make(_ users: String, _ groups: String) throws(SystemError) -> Int32 {
      try retryingInterrupts("make a user namespace") { sandbox_make_user_namespace(users, groups) }
    }
    switch translation {
    case .none, .system:
      return try FileSystem.open("/proc/\(processID)/ns/user", flags: O_RDONLY).release()
    case .agent:
      let line = UserMap.Range(inside: UserMap.onDisk, outside: map.root, count: UserMap.size).line
      return try make(line, line)
    case .owner(let user, let group):
      return try make(
        UserMap.Range(inside: user, outside: map.root, count: 1).line,
        UserMap.Range(inside: group, outside: map.root, count: 1).line)
    }
  }
}
