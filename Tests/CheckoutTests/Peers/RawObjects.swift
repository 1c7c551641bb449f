import Foundation
import JourneymanSupport
import TestSupport
import Testing

/// Objects that git itself would not make, for attacks.
extension Git {
  /// Stores a blob.
  func blob(_ text: String) async throws -> String {
    try write(text, to: ".attack-blob")
    let id = try await self("hash-object", "-w", ".attack-blob")
    unlink(directory + "/.attack-blob")
    return id
  }

  /// Stores a tree with these entries, in this order, unchecked.
  func tree(_ entries: [(mode: String, name: [UInt8], id: String)]) async throws -> String {
    var bytes: [UInt8] = []
    for entry in entries {
      bytes += Array(entry.mode.utf8) + [0x20] + entry.name + [0]
      var digits = Substring(entry.id)
      while let byte = UInt8(digits.prefix(2), radix: 16) {
        bytes.append(byte)
        digits = digits.dropFirst(2)
      }
    }
    try write(bytes, to: ".attack-tree")
    let id = try await self("hash-object", "-w", "-t", "tree", "--literally", ".attack-tree")
    unlink(directory + "/.attack-tree")
    return id
  }

  /// Makes a tree the tip of `main`.
  func commitTree(_ tree: String) async throws {
    let commit = try await self("commit-tree", "-m", "an attack", tree)
    try await self("update-ref", "refs/heads/main", commit)
  }
}
