import Foundation
import JourneymanSupport

@testable import JourneymanArtifacts

/// A directory of one test, removed with it.
final class TemporaryTree: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "journeyman-tests-\(UUID().uuidString)"
    try FileSystem.makeDirectories(path)
  }

  deinit { try? FileSystem.removeTree(path) }

  /// Makes a file and the directories above it.
  func write(_ name: String, _ text: String = "", mode: UInt32 = 0o644) throws {
    try write(name, Array(text.utf8), mode: mode)
  }

  func write(_ name: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws {
    let target = path + "/" + name
    try FileSystem.makeDirectories((target as NSString).deletingLastPathComponent)
    let file = try FileSystem.open(target, flags: O_WRONLY | O_CREAT | O_TRUNC)
    try FileSystem.writeAll(bytes, to: file.number, name: name)
    try retryingInterrupts("set the mode of \(name)") { fchmod(file.number, mode) }
  }

  func link(_ name: String, to target: String) throws {
    let place = path + "/" + name
    try FileSystem.makeDirectories((place as NSString).deletingLastPathComponent)
    try retryingInterrupts("link \(name)") { symlink(target, place) }
  }

  func makeDirectory(_ name: String) throws { try FileSystem.makeDirectories(path + "/" + name) }

  func read(_ name: String) throws -> String {
    String(decoding: try FileSystem.read(path + "/" + name, limit: 1 << 24), as: UTF8.self)
  }

  func exists(_ name: String) -> Bool {
    var status = stat()
    return lstat(path + "/" + name, &status) == 0
  }

  func mode(_ name: String) -> UInt32 {
    var status = stat()
    return lstat(path + "/" + name, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  func open() throws -> OwnedDescriptor { try FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY) }
}

/// Lines of a build log.
final class Lines {
  private(set) var all: [String] = []
  func add(_ line: String) { all.append(line) }
}
