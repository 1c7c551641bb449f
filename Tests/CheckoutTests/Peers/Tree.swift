import Foundation
import JourneymanSupport

/// All files of a directory with what a checkout determines about them.
struct Tree: Equatable, CustomStringConvertible {
  enum Node: Equatable {
    case directory(mode: mode_t)
    case file(mode: mode_t, content: [UInt8])
    case link([UInt8])
  }

  private(set) var nodes: [[UInt8]: Node] = [:]

  /// - Parameter root: a work tree; its own `.git` is left out, those of submodules are not.
  init(_ root: String) throws {
    let handle = try FileSystem.open(root, flags: O_RDONLY | O_DIRECTORY)
    try add(handle.number, [], isRoot: true)
  }

  private mutating func add(_ directory: Int32, _ prefix: [UInt8], isRoot: Bool = false) throws {
    for entry in try FileSystem.rawEntries(of: directory, shown: "a tree") {
      if isRoot && entry.name == Array(".git".utf8) { continue }
      let path = prefix + entry.name
      let name = entry.name.map { CChar(bitPattern: $0) } + [0]
      var status = stat()
      try retryingInterrupts("look") { fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) }
      let mode = status.st_mode & 0o7777
      switch status.st_mode & S_IFMT {
      case S_IFDIR:
        nodes[path] = .directory(mode: mode)
        let child = OwnedDescriptor(
          taking: try retryingInterrupts("open") { openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        try add(child.number, path + [UInt8(ascii: "/")])
      case S_IFLNK:
        var target = [CChar](repeating: 0, count: 4096)
        let count = try retryingInterrupts("read a link") { readlinkat(directory, name, &target, target.count) }
        nodes[path] = .link(target[..<count].map { UInt8(bitPattern: $0) })
      default:
        let file = OwnedDescriptor(
          taking: try retryingInterrupts("open") { openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK) })
        nodes[path] = .file(
          mode: mode, content: try FileSystem.readAll(file.number, limit: 1 << 30, name: "a file"))
      }
    }
  }

  var description: String { "\(nodes.count) files" }

  /// The paths in which two trees differ, for messages.
  func differences(from other: Tree) -> [String] {
    Set(nodes.keys).union(other.nodes.keys).filter { nodes[$0] != other.nodes[$0] }
      .map { path in
        "\(String(decoding: path, as: UTF8.self)): \(Self.shown(nodes[path])) / \(Self.shown(other.nodes[path]))"
      }.sorted()
  }

  private static func shown(_ node: Node?) -> String {
    switch node {
    case nil: "missing"
    case .directory(let mode): "directory \(String(mode, radix: 8))"
    case .file(let mode, let content):
      "file \(String(mode, radix: 8)) \(content.count) bytes \(String(decoding: content.prefix(60), as: UTF8.self))"
    case .link(let target): "link to \(String(decoding: target, as: UTF8.self))"
    }
  }
}
