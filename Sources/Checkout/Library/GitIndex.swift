internal import CGit2
import Foundation

/// An index: the list of a work tree's files with what `stat` said about each.
struct GitIndex: ~Copyable {
  let pointer: OpaquePointer
  init(taking pointer: OpaquePointer) { self.pointer = pointer }
  deinit { git_index_free(pointer) }

  /// Opens the index in a file, which need not exist yet.
  init(opening path: String) throws(CheckoutError) {
    pointer = try gitMake("open the index \(path)") { git_index_open($0, path) }
  }

  /// The entry of a path, whose own `path` is not to be used.
  func entry(named path: UnsafePointer<CChar>) -> git_index_entry? { git_index_get_bypath(pointer, path, 0)?.pointee }

  /// Adds a file of a tree.
  func add(_ entry: TreeListing.Entry, _ listing: TreeListing, status: FileStatus?) throws(CheckoutError) {
    var record = git_index_entry()
    record.mode = entry.mode.rawValue
    record.id = entry.id.raw
    if let status { status.fill(&record) }
    let added = listing.paths.withUnsafeBufferPointer { paths in
      Result { () throws(CheckoutError) in
        guard let base = paths.baseAddress else { return }
        try (base + entry.path).withMemoryRebound(to: CChar.self, capacity: 1) { path throws(CheckoutError) in
          record.path = path
          try git("record \(String(cString: path))") { git_index_add(pointer, &record) }
        }
      }
    }
    try added.get()
  }

  func write() throws(CheckoutError) {
    try git("write the index") { git_index_write(pointer) }
  }
}

/// What tells a file that was changed from one that was not.
struct FileStatus: Sendable {
  /// A time of a file.
  struct Moment: Sendable, Comparable {
    let seconds: Int64
    let nanoseconds: Int64

    static func < (left: Moment, right: Moment) -> Bool {
      (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    fileprivate var indexed: git_index_time {
      git_index_time(
        seconds: Int32(truncatingIfNeeded: seconds), nanoseconds: UInt32(truncatingIfNeeded: nanoseconds))
    }
  }

  let changed: Moment
  let modified: Moment
  let device: UInt64
  let inode: UInt64
  let user: UInt32
  let group: UInt32
  let size: Int64

  init(_ status: stat) {
    changed = Moment(seconds: Int64(status.st_ctim.tv_sec), nanoseconds: Int64(status.st_ctim.tv_nsec))
    modified = Moment(seconds: Int64(status.st_mtim.tv_sec), nanoseconds: Int64(status.st_mtim.tv_nsec))
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    user = status.st_uid
    group = status.st_gid
    size = Int64(status.st_size)
  }

  /// Fills an index entry, which keeps 32 bits of each number, as git does.
  func fill(_ entry: inout git_index_entry) {
    entry.ctime = changed.indexed
    entry.mtime = modified.indexed
    entry.dev = UInt32(truncatingIfNeeded: device)
    entry.ino = UInt32(truncatingIfNeeded: inode)
    entry.uid = user
    entry.gid = group
    entry.file_size = UInt32(truncatingIfNeeded: size)
  }

  /// Whether an index entry was filled from the same.
  func matches(_ entry: git_index_entry) -> Bool {
    var own = git_index_entry()
    fill(&own)
    return own.ctime.seconds == entry.ctime.seconds && own.ctime.nanoseconds == entry.ctime.nanoseconds
      && own.mtime.seconds == entry.mtime.seconds && own.mtime.nanoseconds == entry.mtime.nanoseconds
      && own.dev == entry.dev && own.ino == entry.ino && own.uid == entry.uid && own.gid == entry.gid
      && own.file_size == entry.file_size
  }
}
