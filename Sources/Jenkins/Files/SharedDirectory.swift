internal import Foundation
internal import JourneymanSupport

/// An open directory that several tasks may hold; closed with the last of them.
final class SharedDirectory: Sendable {
  /// The descriptor's number.
  let number: Int32

  init(_ descriptor: consuming OwnedDescriptor) { number = descriptor.release() }

  deinit { close(number) }
}
