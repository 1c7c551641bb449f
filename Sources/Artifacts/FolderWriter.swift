internal import Foundation
internal import JourneymanSupport

/// Writes collected files into a plain folder: the format `none`, and reports.
///
/// Blocks: use it on a thread of its own.
public struct FolderWriter {
  private let suffix: String
  private let isCancelled: () -> Bool

  /// Prepares writing.
  ///
  /// - Parameters:
  ///   - suffix: added to each file's name.
  ///   - isCancelled: asked between files; writing stops when it says true.
  public init(suffix: String = "", isCancelled: @escaping () -> Bool = { false }) {
    self.suffix = suffix
    self.isCancelled = isCancelled
  }

  /// Copies files as they are.
  ///
  /// - Throws: ``ArtifactError``; see ``write(_:beneath:into:copying:)``.
  @discardableResult
  public func write(
    _ collection: FileCollection, beneath root: Int32, into folder: String
  ) throws(ArtifactError) -> [String] {
    try write(collection, beneath: root, into: folder) { try FileSystem.copyContent(from: $0, to: $1, name: $2) }
  }

  /// Copies files, with their permission bits, into a folder, which is made if it is missing. In the place of a link
  /// stands the file it leads to: links are for archives.
  ///
  /// - Parameters:
  ///   - collection: what to copy.
  ///   - root: the descriptor of the directory the files were collected beneath.
  ///   - folder: where to write; nothing in it is replaced.
  ///   - copy: gets the open file, the empty new one, and the name relative to the folder.
  /// - Returns: the names of links that lead to no file; they are left out.
  /// - Throws: ``ArtifactError``, and whatever was written stays for the caller to remove.
  public func write(
    _ collection: FileCollection, beneath root: Int32, into folder: String,
    copying copy: (_ source: Int32, _ copy: Int32, _ name: String) throws -> Void
  ) throws(ArtifactError) -> [String] {
    let destination: OwnedDescriptor
    do {
      try FileSystem.makeDirectories(folder)
      destination = try FileSystem.open(folder, flags: O_RDONLY | O_DIRECTORY)
    } catch {
      throw ArtifactError(.unwritable, error.description, underlying: error)
    }
    var leftOut: [String] = []
    var tree = TreeWriter(root: destination.number, shownAs: folder, owner: nil)
    for file in collection.files {
      if isCancelled() { throw ArtifactError(.cancelled, "copying artifacts was stopped") }
      switch file.kind {
      case .directory:
        try tree.makeDirectory(file.archivePath, mode: file.mode)
      case .symbolicLink:
        guard let source = try? file.open(beneath: root) else {
          leftOut.append(file.name)
          continue
        }
        try write(source, of: file, 0o644, into: &tree, copy)
      case .file:
        try write(try file.open(beneath: root), of: file, file.mode, into: &tree, copy)
      }
    }
    return leftOut
  }

  private func write(
    _ source: borrowing OpenedFile, of file: CollectedFile, _ mode: UInt32, into tree: inout TreeWriter,
    _ copy: (Int32, Int32, String) throws -> Void
  ) throws(ArtifactError) {
    let path = Array(file.archivePath) + Array(suffix.utf8)
    let made = try tree.makeFile(path[...], mode: mode)
    do {
      try copy(source.descriptor.number, made.number, file.name)
    } catch {
      let reason = (error as? SystemError)?.reason ?? "\(error)"
      throw ArtifactError(.unwritable, "cannot copy \(file.name): \(reason)", underlying: error)
    }
  }
}
