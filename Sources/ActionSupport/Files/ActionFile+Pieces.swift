public import JourneymanActionKit
internal import JourneymanSupport

extension ActionFile {
  /// Reads up to so many bytes from a place of the file, on a thread of its own.
  ///
  /// - Returns: fewer bytes only at the end of the file.
  /// - Throws: `PluginError`
  public func piece(at offset: Int64, count: Int) async throws -> [UInt8] {
    try await runBlocking { try self.bytes(at: offset, count: count) }
  }
}
