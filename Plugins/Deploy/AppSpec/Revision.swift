import Foundation
import JourneymanActionKit
import JourneymanActionSupport

/// A revision that lies in the state directory: its files and what its AppSpec file says.
struct Revision: Sendable {
  /// One file, directory or link of it.
  struct Entry: Sendable {
    /// Relative to the revision's root.
    var path: String
    var kind: SourceTree.Kind
    var mode: UInt32
  }

  static let names = ["appspec.yml", "appspec.yaml"]

  /// The directory that holds the AppSpec file.
  let root: String
  let spec: AppSpec
  /// Sorted by the bytes of their paths.
  let entries: [Entry]

  /// Reads a revision.
  ///
  /// - Parameter archive: the directory that it was unpacked into; if it holds nothing but a directory with an AppSpec
  ///   file, that is the revision, as in archives of GitHub.
  /// - Throws: ``AppSpecError``, or `PluginError` when there is no AppSpec file, or links lead out of the revision.
  init(archive: String) async throws {
    let tree = try await SourceTree(".", of: try WorkspaceFiles(directory: archive))
    var entries: [Entry] = []
    for entry in tree.entries {
      guard let path = String(validating: entry.path, as: UTF8.self) else {
        throw PluginError(.file, "the name '\(entry.shown)' in the revision is not UTF-8")
      }
      entries.append(Entry(path: path, kind: entry.kind, mode: entry.mode))
    }
    let top = Self.top(of: entries)
    let inner =
      top.isEmpty
      ? entries
      : entries.compactMap { entry in
        guard let inner = PathText.relative(entry.path, to: top) else { return nil }
        return Entry(path: inner, kind: entry.kind, mode: entry.mode)
      }
    root = top.isEmpty ? archive : archive + "/" + top
    self.entries = inner
    let found = Self.names.filter { name in inner.contains { $0.path == name && $0.kind == .file } }
    guard let name = found.first else {
      throw PluginError(.file, "the revision has no \(Self.names[0]) at its top")
    }
    let file = root + "/" + name
    let bytes: [UInt8]
    do {
      bytes = try await WorkspaceFiles(directory: root).read(name, limit: AppSpecReader.mostBytes)
    } catch let error as PluginError {
      throw PluginError(.file, "\(file): \(error)", underlying: error)
    }
    spec = try AppSpecReader.read(bytes, name: name)
  }

  /// The only directory at the top, if the AppSpec file lies in it and not beside it.
  private static func top(of entries: [Entry]) -> String {
    let tops = entries.filter { !$0.path.utf8.contains(UInt8(ascii: "/")) }
    guard tops.count == 1, let only = tops.first, only.kind == .directory else { return "" }
    return names.contains { name in entries.contains { $0.path == only.path + "/" + name } } ? only.path : ""
  }

  /// What stands at a path.
  func entry(_ path: String) -> Entry? {
    let place = firstIndex(notBefore: Array(path.utf8))
    return place < entries.count && entries[place].path == path ? entries[place] : nil
  }

  /// Everything beneath a directory, a directory before what is in it; an empty path is the whole revision.
  func contents(of directory: String) -> ArraySlice<Entry> {
    if directory.isEmpty { return entries[...] }
    let start = firstIndex(notBefore: Array(directory.utf8) + [UInt8(ascii: "/")])
    // The byte after the slash: the first path that is not beneath any more.
    let end = firstIndex(notBefore: Array(directory.utf8) + [UInt8(ascii: "/") + 1])
    return entries[start..<end]
  }

  private func firstIndex(notBefore bytes: [UInt8]) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].path.utf8.lexicographicallyPrecedes(bytes) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
