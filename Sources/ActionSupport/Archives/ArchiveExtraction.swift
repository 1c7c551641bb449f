internal import Foundation
public import JourneymanActionKit
internal import JourneymanArtifacts
internal import JourneymanSupport
internal import Synchronization

/// Unpacks zip, tar, tar.gz, tar.xz and tar.zst archives into a directory of this machine.
///
/// Nothing is written outside of that directory, whatever the archive says: names that are absolute or hold `..`, and
/// entries beneath a symbolic link, are errors, as are pipes and devices. Symbolic links are made as they are and never
/// followed; where they lead, ``SourceTree`` tells. Set-user-ID, set-group-ID and sticky bits are left out, and
/// everything belongs to this process's user.
public enum ArchiveExtraction {
  /// How much is unpacked before an archive is refused.
  public struct Limits: Sendable, Hashable {
    /// The most files, links and directories.
    public var entries: Int
    /// The most bytes of all files together.
    public var bytes: Int64

    /// Sets limits.
    public init(entries: Int = 500_000, bytes: Int64 = 64 << 30) {
      self.entries = entries
      self.bytes = bytes
    }
  }

  /// Unpacks an archive, on a thread of its own.
  ///
  /// - Parameters:
  ///   - file: the archive.
  ///   - directory: an empty directory.
  /// - Returns: how many entries the archive has.
  /// - Throws: ``SupportError`` when the archive is damaged, exceeds a limit or holds what is not unpacked;
  ///   `PluginError` when something cannot be written; `CancellationError`. What was unpacked stays for the caller to
  ///   remove.
  public static func unpack(_ file: ActionFile, into directory: String, limits: Limits = Limits()) async throws -> Int {
    let stop = StopMark()
    return try await withTaskCancellationHandler {
      try await runBlocking {
        do {
          let root = try FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
          let descriptor = try FileSystem.open("/proc/self/fd/\(file.descriptor)", flags: O_RDONLY)
          let archive = try OpenArchive(descriptor.number, name: file.path)
          var writer = ArchiveEntryWriter(root: root.number, shownAs: directory, archive: file.path, limits: limits)
          while try archive.next() {
            try writer.write(archive) { if stop.isSet { throw CancellationError() } }
          }
          return writer.entries
        } catch let error as SystemError {
          throw PluginError(.file, "\(error)", underlying: error)
        } catch let error as ArtifactError {
          throw PluginError(.file, "\(error)", underlying: error)
        }
      }
    } onCancel: {
      stop.set()
    }
  }
}

/// Says that work shall stop.
private final class StopMark: Sendable {
  private let state = Mutex(false)
  var isSet: Bool { state.withLock { $0 } }
  func set() { state.withLock { $0 = true } }
}
