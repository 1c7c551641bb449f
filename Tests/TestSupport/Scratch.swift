import Foundation
internal import JourneymanSupport

/// A directory of one test, gone with it.
public final class Scratch: Sendable {
  /// Where it is, absolute.
  public let path: String

  /// Makes it.
  public init() throws {
    // The real path: TMPDIR may lead through a link, and messages name what was opened.
    path =
      URL(fileURLWithPath: NSTemporaryDirectory()).resolvingSymlinksInPath().path + "/checkout-\(UUID().uuidString)"
    try FileSystem.makeDirectories(path)
  }

  deinit { try? FileSystem.removeTree(path) }

  /// A path in it.
  public func callAsFunction(_ name: String) -> String { path + "/" + name }

  /// Writes a file.
  public func write(_ text: String, to name: String) throws {
    try write(Array(text.utf8), to: name)
  }

  /// Writes a file.
  public func write(_ bytes: [UInt8], to name: String) throws {
    let target = self(name)
    try FileSystem.makeDirectories(PathName.directory(of: target))
    try FileSystem.writeAtomically(bytes, to: target)
  }
}
