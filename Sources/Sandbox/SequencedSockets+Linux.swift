import Foundation
import JourneymanSupport

/// A connected pair of sockets that keep messages apart, both close-on-exec.
struct SequencedSockets: ~Copyable {
  var ours: OwnedDescriptor
  var theirs: OwnedDescriptor

  init() throws(SandboxError) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    if socketpair(AF_UNIX, type, 0, &ends) != 0 {
      let error = SystemError("make a pair of sockets")
      throw SandboxError(.system, "\(error)", underlying: error)
    }
    ours = OwnedDescriptor(taking: ends[0])
    theirs = OwnedDescriptor(taking: ends[1])
  }
}
