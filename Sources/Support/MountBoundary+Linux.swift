import Synchronization

extension FileSystem {
  /// Has this process never cross from one mount to another beneath a directory (`openat2(2)`, `RESOLVE_NO_XDEV`).
  ///
  /// For a process with more rights than whoever names the directories: what else is mounted beneath one of them is not
  /// theirs to be read for. There is no way back.
  public static func stayOnMounts() { staysOnMounts.store(true, ordering: .relaxed) }

  private static let staysOnMounts = Atomic(false)

  /// What `openBeneath` adds to how a path is resolved.
  static var mountBoundary: UInt64 { staysOnMounts.load(ordering: .relaxed) ? 0x01 : 0 }
}
