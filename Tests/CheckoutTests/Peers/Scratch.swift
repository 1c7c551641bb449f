import Foundation
import JourneymanSupport

/// A directory of one test, gone with it.
final class Scratch: Sendable {
  let path: String

  init() throws {
    // The real path: TMPDIR may lead through a link, and messages name what was opened.
    path =
      URL(fileURLWithPath: NSTemporaryDirectory()).resolvingSymlinksInPath().path + "/checkout-\(UUID().uuidString)"
    try FileSystem.makeDirectories(path)
  }

  deinit { try? FileSystem.removeTree(path) }

  func callAsFunction(_ name: String) -> String { path + "/" + name }

  func write(_ text: String, to name: String) throws {
    try write(Array(text.utf8), to: name)
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    let target = self(name)
    try FileSystem.makeDirectories(PathName.directory(of: target))
    try FileSystem.writeAtomically(bytes, to: target)
  }
}
