import Foundation
public import JourneymanBuildModel
internal import JourneymanSealing
internal import JourneymanSupport

extension Manifest {
  /// Lists the artifacts of a build as they lie in its output directory. Blocks: run it on a thread of its own.
  ///
  /// A single file's digest is the one its worker computed while it wrote; the files of a folder are read here.
  ///
  /// - Parameters:
  ///   - artifacts: what the worker says it made; their names are checked like a stranger's.
  ///   - build: the build's identifier.
  ///   - directory: the output directory.
  /// - Throws: ``AttestationError``.
  public init(of artifacts: [ArtifactResult], build: String, in directory: String) throws {
    do {
      let root = try FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY)
      var files: [ManifestFile] = []
      for artifact in artifacts {
        try ArtifactPath.check(artifact.file)
        let isFolder =
          (try? FileSystem.openBeneath(root.number, artifact.file, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) != nil
        if isFolder {
          try Self.describeFolder(artifact.file, of: artifact, in: root.number, into: &files)
        } else {
          files.append(try Self.describe(artifact.file, of: artifact, in: root.number, digest: artifact.sha256))
        }
      }
      self.init(build: build, files: files)
    } catch let error as SystemError {
      throw AttestationError(.system, "cannot list the artifacts in \(directory): \(error)", underlying: error)
    }
  }

  private static func describeFolder(
    _ folder: String, of artifact: ArtifactResult, in root: Int32, into files: inout [ManifestFile]
  ) throws {
    let opened = try FileSystem.openBeneath(root, folder, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    for found in try FileSystem.entryNames(of: opened.number, shown: folder) {
      guard let entry = found.text else {
        throw AttestationError(.unsafeName, "\(folder)/\(found.shown): a name that is not UTF-8 cannot be listed")
      }
      let name = "\(folder)/\(entry)"
      try ArtifactPath.check(name)
      if files.count >= mostFiles {
        throw AttestationError(.tooLarge, "the build made more than \(mostFiles) files; pack them as zip or tar.zst")
      }
      if (try? FileSystem.openBeneath(opened.number, entry, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) != nil {
        try describeFolder(name, of: artifact, in: root, into: &files)
      } else {
        files.append(try describe(name, of: artifact, in: root, digest: nil))
      }
    }
  }

  private static func describe(
    _ name: String, of artifact: ArtifactResult, in root: Int32, digest: String?
  ) throws -> ManifestFile {
    let file = try FileSystem.openBeneath(root, name, flags: O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
    if !isRegularFile(file.number) {
      throw AttestationError(.unsafeName, "\(ArtifactPath.shown(name)) is not a regular file")
    }
    var described = ManifestFile(
      file: name, identifier: artifact.identifier, mode: octalMode(file.number), bytes: fileSize(file.number),
      sha256: try digest ?? Digest.sha256(ofDescriptor: file.number, name: name).sha256)
    if artifact.sealed {
      described.sealing = artifact.recipients.isEmpty ? .passphrase : .recipients
      described.recipients = artifact.recipients
      described.plainBytes = artifact.plainBytes
      described.plainSHA256 = artifact.plainSHA256
    }
    return described
  }
}
