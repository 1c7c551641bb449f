internal import CLinux
import Foundation
internal import JourneymanSupport

/// Whether an open file is a regular one; a pipe or device put in its place could make a reader wait for ever.
func isRegularFile(_ descriptor: Int32) -> Bool {
  var status = stat()
  return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

/// Bytes of an open regular file; 0 when the kernel does not tell.
func fileSize(_ descriptor: Int32) -> Int64 {
  var status = stat()
  return fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
}

/// The permission bits of an open file in four octal digits.
func octalMode(_ descriptor: Int32) -> String {
  var status = stat()
  let bits = fstat(descriptor, &status) == 0 ? status.st_mode & 0o777 : 0o644
  let digits = String(bits, radix: 8)
  return String(repeating: "0", count: 4 - digits.utf8.count) + digits
}

/// Makes writing to a descriptor return at once, for a writer that waits for many.
func makeNonblocking(_ descriptor: Int32, name: String) throws(SystemError) {
  try retryingInterrupts("prepare to read \(name)") { journeyman_set_nonblocking(descriptor) }
}
