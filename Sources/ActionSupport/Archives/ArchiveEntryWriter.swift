internal import Foundation
internal import JourneymanArtifacts
internal import JourneymanSupport

/// Makes the entries of one archive in a directory, and counts them.
struct ArchiveEntryWriter {
  private let root: Int32
  private let name: String
  private let limits: ArchiveExtraction.Limits
  private var writer: TreeWriter
  private var bytes: Int64 = 0
  private(set) var entries = 0

  init(root: Int32, shownAs: String, archive name: String, limits: ArchiveExtraction.Limits) {
    self.root = root
    self.name = name
    self.limits = limits
    writer = TreeWriter(root: root, shownAs: shownAs, owner: nil)
  }

  /// Makes the current entry.
  ///
  /// - Parameter check: asked between any two pieces; what it throws ends the work.
  mutating func write(_ archive: OpenArchive, _ check: () throws -> Void) throws {
    try check()
    entries += 1
    if entries > limits.entries { throw SupportError(.limit, "\(name) has more than \(limits.entries) entries") }
    let path = try relative(archive.path)
    if path.isEmpty { return }
    switch archive.kind {
    case .directory: try writer.makeDirectory(path[...], mode: archive.mode)
    case .symbolicLink(let target):
      if target.isEmpty || target.count >= Int(PATH_MAX) {
        throw SupportError(.malformed, "the link \(archive.shownPath) in \(name) has no usable target")
      }
      try writer.makeLink(path[...], target: target, replacing: true)
    case .file: try writeFile(archive, to: path, check)
    case .hardLink(let target): try copy(relative(target), to: path, shown: archive.shownPath)
    case .special:
      throw SupportError(.malformed, "\(archive.shownPath) in \(name) is a pipe or a device, which is not unpacked")
    }
  }

  private mutating func writeFile(_ archive: OpenArchive, to path: [UInt8], _ check: () throws -> Void) throws {
    let file = try writer.makeFile(path[...], mode: archive.mode, replacing: true)
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      try check()
      let read = try archive.read(into: &buffer)
      if read == 0 { break }
      try count(Int64(read))
      let shown = archive.shownPath
      let result = buffer.withUnsafeBytes { buffer in
        Result { () throws(SystemError) in
          try FileSystem.writeAll(UnsafeRawBufferPointer(rebasing: buffer[..<read]), to: file.number, name: shown)
        }
      }
      try result.get()
    }
    FileSystem.setModificationTime(file.number, seconds: archive.modified)
  }

  /// A second name of an earlier entry becomes a file of its own.
  private mutating func copy(_ first: [UInt8], to path: [UInt8], shown: String) throws {
    let source = try FileSystem.openBeneath(root, bytes: first, flags: O_RDONLY | O_NONBLOCK)
    var status = stat()
    try retryingInterrupts("look at \(shown)") { fstat(source.number, &status) }
    if status.st_mode & S_IFMT != S_IFREG || first == path {
      throw SupportError(.malformed, "\(shown) in \(name) is a second name of no regular file")
    }
    try count(Int64(status.st_size))
    let file = try writer.makeFile(path[...], mode: UInt32(status.st_mode), replacing: true)
    try FileSystem.copyContent(from: source.number, to: file.number, name: shown)
    FileSystem.setModificationTime(file.number, seconds: Int64(status.st_mtim.tv_sec))
  }

  private mutating func count(_ more: Int64) throws(SupportError) {
    bytes += more
    if bytes > limits.bytes { throw SupportError(.limit, "\(name) holds more than \(limits.bytes) bytes") }
  }

  /// The path without `.` and doubled slashes.
  private func relative(_ path: [UInt8]) throws(SupportError) -> [UInt8] {
    let parts = path.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
    if path.first == UInt8(ascii: "/") || parts.contains(where: { $0.elementsEqual("..".utf8) }) {
      let shown = String(decoding: path.prefix(200), as: UTF8.self)
      throw SupportError(.malformed, "'\(shown)' in \(name) leads out of the directory that it is unpacked into")
    }
    return Array(parts.joined(separator: [UInt8(ascii: "/")]))
  }
}
