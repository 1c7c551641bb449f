import Foundation
import JourneymanSupport

/// Which directory it was that was read, and in which state: names in it come and go with its change time.
struct DirectoryStamp: Sendable, Hashable {
  /// With a NUL at the end, as the kernel wants it.
  var path: [UInt8] = []
  var device: UInt64
  var inode: UInt64
  var seconds: Int64
  var nanoseconds: Int64

  /// The stamp of an open directory.
  init?(_ directory: Int32) {
    var status = stat()
    if fstat(directory, &status) != 0 { return nil }
    self.init(status)
  }

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    seconds = Int64(status.st_ctim.tv_sec)
    nanoseconds = Int64(status.st_ctim.tv_nsec)
  }

  /// The same with a path.
  func at(_ path: String) -> DirectoryStamp {
    var copy = self
    copy.path = Array(path.utf8) + [0]
    return copy
  }

  /// Whether the directory is still as it was.
  var holds: Bool {
    var status = stat()
    let found = path.withUnsafeBytes { bytes in
      bytes.baseAddress.map { lstat($0.assumingMemoryBound(to: CChar.self), &status) } == 0
    }
    if !found { return false }
    var now = DirectoryStamp(status)
    now.path = path
    return now == self
  }
}

/// What a search of large trees found, kept in a file of root's until one of their directories changes: reading them all
/// takes longer than everything else about the start of a sandbox.
///
/// A file that everybody could read, and that is made private in place, does not change its directory. The record is
/// therefore kept for a bounded time.
struct SecretsRecord {
  private let file: String
  private static let version: UInt64 = 0x4A4D_5345_4352_0001
  private static let longestAge = 600
  private static let largest = 64 << 20

  private let now: Int

  /// - Parameter now: seconds since 1970.
  init(_ file: String, now: Int = time(nil)) {
    self.file = file
    self.now = now
  }

  /// What is secret in trees, from the record when it still holds.
  func of(_ trees: [String]) -> SystemSecrets {
    if let known = read() { return known }
    let found = SystemSecrets(in: trees)
    // A change within the resolution of time stamps after the search would not show.
    if !found.visited.contains(where: { $0.seconds >= now - 2 }) { write(found) }
    return found
  }

  private func read() -> SystemSecrets? {
    guard let descriptor = try? FileSystem.open(file, flags: O_RDONLY | O_NOFOLLOW) else { return nil }
    var status = stat()
    guard fstat(descriptor.number, &status) == 0, status.st_uid == 0,
      (now - Self.longestAge...now).contains(status.st_mtim.tv_sec),
      let bytes = try? FileSystem.readAll(descriptor.number, limit: Self.largest, name: file)
    else { return nil }
    var reader = Reader(bytes: bytes)
    guard reader.number() == Self.version, let stamps = reader.number(), let files = reader.number(),
      let directories = reader.number(), files < 1 << 32, directories < 1 << 32
    else { return nil }
    for _ in 0..<stamps {
      guard let device = reader.number(), let inode = reader.number(), let seconds = reader.number(),
        let nanoseconds = reader.number(), let path = reader.text(), path.last == 0
      else { return nil }
      var stamp = DirectoryStamp(stat())
      stamp.path = Array(path)
      stamp.device = device
      stamp.inode = inode
      stamp.seconds = Int64(bitPattern: seconds)
      stamp.nanoseconds = Int64(bitPattern: nanoseconds)
      if !stamp.holds { return nil }
    }
    var names: [String] = []
    for _ in 0..<(files + directories) {
      guard let name = reader.text() else { return nil }
      names.append(String(decoding: name, as: UTF8.self))
    }
    return SystemSecrets(files: Array(names.prefix(Int(files))), directories: Array(names.dropFirst(Int(files))))
  }

  private func write(_ found: SystemSecrets) {
    var bytes: [UInt8] = []
    func put(_ number: UInt64) { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
    func put(_ text: some Collection<UInt8>) {
      put(UInt64(text.count))
      bytes += text
    }
    for number in [
      Self.version, UInt64(found.visited.count), UInt64(found.files.count), UInt64(found.directories.count),
    ] {
      put(number)
    }
    for stamp in found.visited {
      for number in [
        stamp.device, stamp.inode, UInt64(bitPattern: stamp.seconds), UInt64(bitPattern: stamp.nanoseconds),
      ] { put(number) }
      put(stamp.path)
    }
    for name in found.files + found.directories { put(name.utf8) }
    // Without a record the next build searches again.
    try? FileSystem.writeAtomically(bytes, to: file, mode: 0o600)
  }

  /// Takes the record apart.
  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func number() -> UInt64? {
      guard bytes.count - position >= 8 else { return nil }
      defer { position += 8 }
      return bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt64.self)) }
    }

    mutating func text() -> ArraySlice<UInt8>? {
      guard let count = number(), count <= bytes.count - position else { return nil }
      defer { position += Int(count) }
      return bytes[position..<position + Int(count)]
    }
  }
}
