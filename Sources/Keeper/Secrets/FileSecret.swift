import Foundation
public import JourneymanSupport

/// A secret in a file. The file must not be accessible to every user of the machine.
public struct FileSecret: SecretProvider {
  private let path: String

  /// Names the file.
  public init(path: String) { self.path = path }

  /// Reads the file, without the newline at its end.
  ///
  /// - Throws: ``SecretError``
  public func value() async throws -> Secret {
    let path = path
    return try await runBlocking { try Self.read(path) }
  }

  private static func read(_ path: String) throws(SecretError) -> Secret {
    let origin = "the secret file \(path)"
    var isOpenToEveryUser = false
    var bytes: [UInt8] = []
    do throws(SystemError) {
      let file = try FileSystem.open(path, flags: O_RDONLY | O_NONBLOCK)
      var status = stat()
      try retryingInterrupts("look at \(path)") { fstat(file.number, &status) }
      if status.st_mode & S_IFMT != S_IFREG { throw SystemError("read \(path): no regular file", number: EINVAL) }
      isOpenToEveryUser = status.st_mode & S_IRWXO != 0
      if !isOpenToEveryUser { bytes = try FileSystem.readAll(file.number, limit: SecretText.limit + 1, name: path) }
    } catch {
      throw SecretError(.unavailable, "\(origin): \(error)", underlying: error)
    }
    if isOpenToEveryUser {
      throw SecretError(.unsafe, "\(origin) is open to every user of this machine; run: chmod o= '\(path)'")
    }
    return try SecretText.secret(bytes, origin: origin)
  }
}
