import Foundation
internal import JourneymanSupport

/// Copies the objects of a repository on this machine, which is far quicker than having it pack them.
///
/// Only regular files with the names that git gives packs and loose objects are taken, and no link is followed: a
/// source whose `objects` contains links cannot make us read another directory (CVE-2022-39253).
struct LocalObjects {
  private let source: String
  private let destination: String
  private let context: CheckoutContext
  private static let deepestAlternate = 5
  private static let largestList = 64 * 1024 * 1024

  init(copyingFrom url: RepositoryURL, to mirror: String, context: CheckoutContext) throws {
    source = try Repository(opening: url.path).commonDirectory + "objects"
    destination = mirror + "/objects"
    self.context = context
  }

  func copy() throws {
    var copied: Int64 = 0
    try copy(source, depth: 0, &copied)
    let shallow = source.dropLast("objects".count) + "shallow"
    if let bytes = try? FileSystem.read(String(shallow), limit: Self.largestList) {
      let ids = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { ObjectID(hexadecimal: $0) }
      try MirrorInspection.writeShallow(ids, to: String(destination.dropLast("/objects".count)))
    }
  }

  /// Loose objects before packs: one that is packed in between is found in its pack.
  private func copy(_ directory: String, depth: Int, _ copied: inout Int64) throws {
    for name in try MirrorInspection.entries(directory) ?? [] where name.count == 2 && Self.isHexadecimal(name) {
      let objects = try MirrorInspection.entries("\(directory)/\(name)") ?? []
      let wanted = objects.filter { $0.count == 38 && Self.isHexadecimal($0) }
      if wanted.isEmpty { continue }
      try FileSystem.makeDirectories("\(destination)/\(name)")
      for object in wanted { try copyFile("\(directory)/\(name)/\(object)", to: "\(name)/\(object)", &copied) }
    }
    let packs = try MirrorInspection.entries(directory + "/pack") ?? []
    for name in packs where Self.isPack(name) {
      let index = name.dropLast(5) + ".idx"
      guard packs.contains(String(index)) else { continue }
      try copyFile("\(directory)/pack/\(name)", to: "pack/\(name)", &copied)
      try copyFile("\(directory)/pack/\(index)", to: "pack/\(index)", &copied)
    }
    try copyAlternates(of: directory, depth: depth, &copied)
  }

  /// Looks at the directories that this source borrows from, and at theirs.
  ///
  /// - Throws: ``CheckoutError`` `refused` for one that must not be read.
  func checkAlternates() throws { try check(source, depth: 0) }

  private func check(_ directory: String, depth: Int) throws {
    for path in try alternates(of: directory, depth: depth) { try check(path, depth: depth + 1) }
  }

  private func copyAlternates(of directory: String, depth: Int, _ copied: inout Int64) throws {
    for path in try alternates(of: directory, depth: depth) { try copy(path, depth: depth + 1, &copied) }
  }

  /// Directories that one of objects borrows from. They must belong to whom it belongs to.
  private func alternates(of directory: String, depth: Int) throws -> [String] {
    guard let bytes = try? FileSystem.read(directory + "/info/alternates", limit: Self.largestList) else { return [] }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
    return try lines.map { line in
      let path = line.hasPrefix("/") ? String(line) : directory + "/" + line
      var own = stat()
      var other = stat()
      guard depth < Self.deepestAlternate, stat(directory, &own) == 0, stat(path, &other) == 0,
        own.st_uid == other.st_uid
      else {
        throw CheckoutError(
          .refused,
          "refusing the repository \(source): it borrows objects from \(path), which does not exist, belongs to "
            + "somebody else or is too far away")
      }
      return path
    }
  }

  private func copyFile(_ path: String, to name: String, _ copied: inout Int64) throws {
    try context.cancellation.check()
    guard access(path, F_OK) == 0 || errno != ENOENT else { return }
    let input = try FileSystem.open(path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    var status = stat()
    guard fstat(input.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw CheckoutError(.refused, "refusing the repository \(source): \(path) is not a regular file")
    }
    let output = try FileSystem.open(
      "\(destination)/\(name)", flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o444)
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      try context.cancellation.check()
      let count = try retryingInterrupts("read \(path)") {
        chunk.withUnsafeMutableBytes { read(input.number, $0.baseAddress, $0.count) }
      }
      if count == 0 { break }
      try chunk.withUnsafeBytes { bytes in
        try FileSystem.writeAll(UnsafeRawBufferPointer(rebasing: bytes[..<count]), to: output.number, name: name)
      }
      copied += Int64(count)
      context.progress.copied(copied)
    }
  }

  private static func isHexadecimal(_ name: String) -> Bool { name.utf8.allSatisfy(ObjectID.isHexadecimal) }

  private static func isPack(_ name: String) -> Bool {
    name.hasPrefix("pack-") && name.hasSuffix(".pack") && isHexadecimal(String(name.dropFirst(5).dropLast(5)))
  }
}
