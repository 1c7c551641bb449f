internal import Foundation
public import JourneymanActionKit
internal import JourneymanSupport

/// A file put together from bytes and other files, in flat memory: bodies of uploads and the like.
public enum FileAssembly {
  /// A piece of it.
  public enum Part: Sendable {
    /// These bytes.
    case bytes([UInt8])
    /// The content of a file.
    case file(ActionFile)
    /// The content of a file in base64, without line breaks.
    case base64(ActionFile)
  }

  /// Writes the parts one behind the other into a file of an action's output directory, on a thread of its own.
  ///
  /// - Returns: the file, open for reading.
  /// - Throws: `PluginError` when something cannot be read or written.
  public static func write(_ parts: [Part], to name: String, in output: OutputFiles) async throws -> ActionFile {
    let path = try output.path(of: name)
    try await runBlocking {
      do {
        try FileSystem.makeDirectories(PathName.directory(of: path))
        let target = try FileSystem.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
        for part in parts {
          switch part {
          case .bytes(let bytes): try FileSystem.writeAll(bytes, to: target.number, name: path)
          case .file(let file):
            try copy(file) { try FileSystem.writeAll($0, to: target.number, name: path) }
          case .base64(let file):
            try copy(file) {
              try FileSystem.writeAll(Array(Data($0).base64EncodedData()), to: target.number, name: path)
            }
          }
        }
      } catch let error as SystemError {
        throw PluginError(.file, "\(error)", underlying: error)
      }
    }
    return try WorkspaceFiles(directory: output.path).open(name)
  }

  /// In pieces whose length three divides, so that base64 needs padding only at the end.
  private static func copy(_ file: ActionFile, _ write: ([UInt8]) throws -> Void) throws {
    var offset: Int64 = 0
    while true {
      let bytes = try file.bytes(at: offset, count: 3 << 18)
      if bytes.isEmpty { return }
      try write(bytes)
      offset += Int64(bytes.count)
    }
  }
}
