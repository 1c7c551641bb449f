import CSandbox

/// The file accesses and scopes of Landlock, as far as the kernel's version goes. See landlock(7).
struct LandlockRules: Sendable {
  /// Version of the kernel's Landlock; 0 when there is none.
  let version: Int32

  init(version: Int32 = sandbox_landlock_version()) { self.version = version }

  /// Moving files between directories can be allowed only since version 2; without it builds would fail.
  var isUsable: Bool { version >= 2 }

  /// Everything this kernel can control.
  var handled: UInt64 {
    var accesses: UInt64 = (1 << 14) - 1
    if version >= 3 { accesses |= truncate }
    if version >= 5 { accesses |= deviceControl }
    return accesses
  }

  /// Execute, read files, list directories.
  let read: UInt64 = 1 << 0 | 1 << 2 | 1 << 3

  /// Everything but making device nodes.
  var write: UInt64 { handled & ~(1 << 6 | 1 << 11 | deviceControl) }

  /// What programs do in `/dev`.
  var devices: UInt64 { handled & ~(1 << 6 | 1 << 11) }

  /// No abstract UNIX sockets and no signals to processes outside; since version 6.
  var scopes: UInt32 { version >= 6 ? 3 : 0 }

  private let truncate: UInt64 = 1 << 14
  private let deviceControl: UInt64 = 1 << 15
}
