internal import CGit2
import Foundation
internal import JourneymanSupport

/// Merges the small packs that many fetches leave into one, so that lookups stay quick.
///
/// Every object of the merged packs is kept, whether a reference leads to it or not: a workspace may still use it. The
/// new pack is there before the old ones go, and git looks for packs again when an object is missing, so workspaces
/// that borrow from the mirror notice nothing.
struct PackConsolidation {
  let generation: String
  let cancellation: Cancellation
  /// More packs than this are merged.
  static let mostPacks = 24

  private struct Pack {
    let stem: String
    let size: Int64
  }

  /// Merges if there are too many. Only under the exclusive lock.
  func runIfNeeded() throws {
    let directory = generation + "/objects/pack"
    let packs = try MirrorInspection.entries(directory).map { names in
      names.filter { $0.hasSuffix(".pack") }.map { name -> Pack in
        var status = stat()
        let size = lstat("\(directory)/\(name)", &status) == 0 ? Int64(status.st_size) : 0
        return Pack(stem: "\(directory)/\(name.dropLast(5))", size: size)
      }
    }
    guard var small = packs, small.count > Self.mostPacks else { return }
    // The largest one stays: writing it again would cost as much as the first fetch.
    small.sort { $0.size < $1.size }
    small.removeLast()
    try merge(small, in: directory)
  }

  private func merge(_ packs: [Pack], in directory: String) throws {
    let repository = try Repository(opening: generation)
    let builder = try gitMake("merge packs") { git_packbuilder_new($0, repository.pointer) }
    defer { git_packbuilder_free(builder) }
    for pack in packs {
      try cancellation.check()
      try insertObjects(of: pack.stem + ".idx", into: builder)
    }
    // Deltas within the new pack refer to nothing outside, because every object of the old packs is in it.
    try git("write the merged pack") { git_packbuilder_write(builder, directory, 0, nil, nil) }
    let written = git_packbuilder_hash(builder).map { "\(directory)/pack-\(ObjectID($0.pointee))" }
    for pack in packs where pack.stem != written {
      // Without its index a pack is not found any more; without its pack an index is debris that is cleared away.
      unlink(pack.stem + ".pack")
      unlink(pack.stem + ".idx")
    }
    try FileSystem.flushDirectory(of: directory + "/x")
  }

  private func insertObjects(of index: String, into builder: OpaquePointer) throws {
    var database: OpaquePointer?
    try git("open \(index)") { git_odb_new(&database) }
    defer { git_odb_free(database) }
    var backend: UnsafeMutablePointer<git_odb_backend>?
    try git("open \(index)") { git_odb_backend_one_pack(&backend, index) }
    try git("open \(index)") { git_odb_add_backend(database, backend, 1) }
    try git("read \(index)") {
      git_odb_foreach(
        database,
        { id, builder in
          git_packbuilder_insert(builder.map { OpaquePointer($0) }, id, nil)
        }, UnsafeMutableRawPointer(builder))
    }
  }
}
