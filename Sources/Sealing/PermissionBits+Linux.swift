internal import CLinux
import Foundation
internal import JourneymanSupport

/// The permission bits of an open file, without set-uid, set-gid and sticky bits.
func permissions(of descriptor: Int32, name: String) throws(SystemError) -> UInt32 {
  var status = stat()
  try retryingInterrupts("look at \(name)") { fstat(descriptor, &status) }
  return status.st_mode & 0o777
}
