internal import CGit2
import Foundation
internal import JourneymanSupport

/// The contents that the Git LFS pointers of a tree stand for, at hand before the files are written.
struct LargeFiles: Sendable {
  private let store: LargeFileStore

  /// Fetches what the files to write need and the store lacks.
  ///
  /// - Parameters:
  ///   - selection: indexes of the entries that will be written.
  ///   - objects: the git directory to read the pointers from.
  /// - Returns: `nil` when Git LFS is off.
  static func fetched(
    for listing: TreeListing, _ selection: [Int], from objects: String, url: RepositoryURL, context: CheckoutContext
  ) throws -> LargeFiles? {
    guard context.options.lfs else { return nil }
    let directory = context.options.mirrors.map { $0 + "/lfs" } ?? objects + "/lfs/objects"
    let store = LargeFileStore(directory: directory)
    let pointers = try pointers(in: listing, selection, from: objects, context)
    let missing = Set(pointers).filter { !store.contains($0) }
    if !missing.isEmpty {
      try Debris.removePartialFiles(in: directory + "/incoming")
      let server = try LargeFileServer(of: url, context: context)
      try server.fetch(missing.sorted { $0.oid < $1.oid }, into: store)
    }
    return LargeFiles(store: store)
  }

  /// Writes the content of a pointer into an empty file.
  func write(_ pointer: LargeFilePointer, to file: Int32, shown: String) throws {
    let source = try FileSystem.open(store.path(of: pointer), flags: O_RDONLY)
    try FileSystem.copyContent(from: source.number, to: file, name: shown)
  }

  private static func pointers(
    in listing: TreeListing, _ selection: [Int], from objects: String, _ context: CheckoutContext
  ) throws -> [LargeFilePointer] {
    let repository = try Repository(opening: objects)
    let database = try repository.objectDatabase()
    let rules = try ConversionRules(for: listing, in: objects)
    var pointers: [LargeFilePointer] = []
    for index in selection {
      let entry = listing.entries[index]
      if entry.mode == .link || entry.mode == .submodule { continue }
      try context.cancellation.check()
      let isLargeFile = try listing.withPath(of: entry) { path, _ in try rules.rule(for: path).isLargeFile }
      if !isLargeFile { continue }
      let content = try database.read(entry.id, as: GIT_OBJECT_BLOB)
      if let pointer = content.withBytes({ LargeFilePointer($0) }) { pointers.append(pointer) }
    }
    return pointers
  }
}
