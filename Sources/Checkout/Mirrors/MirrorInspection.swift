import Foundation
internal import JourneymanSupport

/// Finds out in a few file operations whether a mirror is whole, and clears away what a killed process left.
///
/// A pack and its index name the same checksum at their ends, and both begin with a signature, so a file that was cut
/// or never written to its end is found without reading it. Damage in the middle of a pack is found when an object is
/// read, because every object's hash is verified.
struct MirrorInspection {
  /// A file that says that an object of this generation could not be read.
  static let damageMark = "journeyman-damaged"

  let generation: String

  /// Whether the generation can be used.
  func isWhole() throws(SystemError) -> Bool {
    if access(generation + "/" + Self.damageMark, F_OK) == 0 { return false }
    for name in ["HEAD", "config", "packed-refs"] where Self.size(generation + "/" + name) ?? 0 == 0 { return false }
    let packs = generation + "/objects/pack"
    guard let names = try Self.entries(packs) else { return false }
    let present = Set(names)
    for name in names where name.hasSuffix(".idx") || name.hasSuffix(".pack") {
      let stem = name.prefix { $0 != "." }
      if !present.contains("\(stem).pack") || !present.contains("\(stem).idx") { return false }
      if name.hasSuffix(".idx"), try !Self.agree(pack: "\(packs)/\(stem).pack", index: "\(packs)/\(name)") {
        return false
      }
    }
    return true
  }

  /// Removes temporary files of a fetch that did not come to its end. Only under the exclusive lock.
  func removeDebris() throws(SystemError) {
    let packs = generation + "/objects/pack"
    for name in try Self.entries(packs) ?? [] where !name.hasSuffix(".pack") && !name.hasSuffix(".idx") {
      try FileSystem.removeTree(packs + "/" + name)
    }
    for name in try Self.entries(generation) ?? [] where name.hasSuffix(".partial") || name.hasSuffix(".lock") {
      try FileSystem.removeTree(generation + "/" + name)
    }
    // libgit2 installs a pack's index before the pack.
    let present = Set(try Self.entries(packs) ?? [])
    for name in present where name.hasSuffix(".idx") && !present.contains("\(name.dropLast(4)).pack") {
      try FileSystem.removeTree(packs + "/" + name)
    }
  }

  /// Compares what is at the ends of a pack and its index (gitformat-pack, index version 2).
  private static func agree(pack: String, index: String) throws(SystemError) -> Bool {
    let packFile = try FileSystem.open(pack, flags: O_RDONLY)
    let indexFile = try FileSystem.open(index, flags: O_RDONLY)
    guard let packSize = size(of: packFile.number), let indexSize = size(of: indexFile.number),
      packSize >= 32, indexSize >= 8 + 1024 + 40,
      let packHead = bytes(packFile.number, at: 0, count: 12), packHead.starts(with: Array("PACK".utf8)),
      let indexHead = bytes(indexFile.number, at: 0, count: 8), indexHead == [0xFF, 0x74, 0x4F, 0x63, 0, 0, 0, 2],
      let lastFanout = bytes(indexFile.number, at: 8 + 1020, count: 4),
      let packTail = bytes(packFile.number, at: packSize - 20, count: 20),
      let indexTail = bytes(indexFile.number, at: indexSize - 40, count: 20)
    else { return false }
    let objects = Int64(bigEndian(lastFanout))
    let smallest = 8 + 1024 + objects * 28 + 40
    return packTail == indexTail && Int64(bigEndian(Array(packHead[8...]))) == objects
      && indexSize >= smallest && (indexSize - smallest) % 8 == 0
  }

  private static func bigEndian(_ bytes: [UInt8]) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }

  private static func bytes(_ file: Int32, at offset: Int64, count: Int) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: count)
    return buffer.withUnsafeMutableBytes { pread(file, $0.baseAddress, count, Int(offset)) } == count ? buffer : nil
  }

  private static func size(of file: Int32) -> Int64? {
    var status = stat()
    return fstat(file, &status) == 0 ? Int64(status.st_size) : nil
  }

  private static func size(_ path: String) -> Int64? {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : nil
  }

  /// The names in a directory that are UTF-8, as all that git and we give files are; `nil` when there is no directory.
  static func entries(_ path: String) throws(SystemError) -> [String]? {
    do throws(SystemError) {
      let directory = try FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      return try FileSystem.entryNames(of: directory.number, shown: path).compactMap(\.text)
    } catch {
      if error.number == ENOENT || error.number == ENOTDIR { return nil }
      throw error
    }
  }
}
