internal import Foundation
internal import JourneymanSupport

/// Writes collected files into a plain folder: the format `none`, and reports.
///
/// Blocks: use it on a thread of its own.
public struct FolderWriter {
  private let isCancelled: () -> Bool

  /// Prepares writing.
  ///
  /// - Parameter isCancelled: asked between files; writing stops when it says true.
  public init(isCancelled: @escaping () -> Bool = { false }) {
    self.isCancelled = isCancelled
  }

  /// Copies files, with their permission bits, and internal links into a folder, which is made if it is missing.
  ///
  /// - Parameters:
  ///   - collection: what to copy.
  ///   - root: the descriptor of the directory the files were collected beneath.
  ///   - folder: where to write; nothing in it is replaced.
  /// - Throws: ``ArtifactError``, and whatever was written stays for the caller to remove.
  public func write(_ collection: FileCollection, beneath root: Int32, into folder: String) throws(ArtifactError) {
    let destination: OwnedDescriptor
    do {
      try FileSystem.makeDirectories(folder)
      destination = try FileSystem.open(folder, flags: O_RDONLY | O_DIRECTORY)
    } catch {
      throw ArtifactError(.unwritable, error.description, underlying: error)
    }
    var tree = TreeWriter(root: destination.number, shownAs: folder, owner: nil)
    for file in collection.files {
      if isCancelled() { throw ArtifactError(.cancelled, "copying artifacts was stopped") }
      switch file.kind {
      case .directory:
        try tree.makeDirectory(file.archivePath, mode: file.mode)
      case .symbolicLink(let target):
        try tree.makeLink(file.archivePath, target: target)
      case .file:
        let source = try file.open(beneath: root)
        let copy = try tree.makeFile(file.archivePath, mode: file.mode)
        do {
          try FileSystem.copyContent(from: source.descriptor.number, to: copy.number, name: file.name)
        } catch {
          throw ArtifactError(.unwritable, "cannot copy \(file.name): \(error.reason)", underlying: error)
        }
      }
    }
  }
}
