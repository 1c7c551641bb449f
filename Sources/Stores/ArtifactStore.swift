internal import Foundation
internal import JourneymanSealing
internal import JourneymanSupport

/// A place that keeps finished artifacts.
///
/// Conformers pass `ArtifactStoreConformance` (in `Tests/StoresTests`), which reads: a file is there whole or not at all;
/// a put that throws leaves what was there before; putting again replaces in one step.
public protocol ArtifactStore: Sendable {
  /// The name in agent.conf.
  var name: String { get }
  /// Where it is, for people. Never a secret.
  var place: String { get }

  /// Stores a file. When it returns, the store has the file whole, for good as far as the store can promise.
  ///
  /// - Parameters:
  ///   - file: what to store; its content is checked against its digest.
  ///   - key: where.
  ///   - token: names what the store keeps meanwhile, so that ``discard(_:token:)`` finds it after a crash. Letters,
  ///     digits and hyphens; a put with the token of an interrupted one takes its place, or continues it.
  /// - Throws: ``StoreError``, or `CancellationError`.
  func put(_ file: LocalFile, as key: StoreKey, token: String) async throws

  /// Copies a stored file into a descriptor.
  ///
  /// - Returns: its length in bytes, or `nil` if there is none.
  /// - Throws: ``StoreError``, or `CancellationError`.
  func get(_ key: StoreKey, into descriptor: Int32, limit: Int64) async throws -> Int64?

  /// Removes a stored file; one that is not there is no error.
  ///
  /// - Throws: ``StoreError``, or `CancellationError`.
  func remove(_ key: StoreKey) async throws

  /// Removes what an interrupted put left; nothing left is no error.
  ///
  /// - Throws: ``StoreError``, or `CancellationError`.
  func discard(_ key: StoreKey, token: String) async throws
}

/// A file of this machine that is to be stored.
public struct LocalFile: Sendable, Hashable {
  /// Where it is.
  public let path: String
  /// Its length.
  public let bytes: Int64
  /// Its SHA-256, 64 lower-case hexadecimal digits.
  public let sha256: String

  /// Describes a file whose digest is known.
  public init(path: String, bytes: Int64, sha256: String) {
    self.path = path
    self.bytes = bytes
    self.sha256 = sha256
  }

  /// Describes a file as it is now. Blocks: run it on a thread of its own.
  ///
  /// - Throws: ``StoreError`` when it cannot be read.
  public init(reading path: String) throws(StoreError) {
    do {
      let file = try FileSystem.open(path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      let (sha256, bytes) = try Digest.sha256(ofDescriptor: file.number, name: path)
      self.init(path: path, bytes: bytes, sha256: sha256)
    } catch {
      throw StoreError(.changed, "\(error)", underlying: error)
    }
  }

  /// Opens the file, which has to be a regular one of the right length. Links are not followed.
  func open() throws(StoreError) -> OwnedDescriptor {
    let descriptor: OwnedDescriptor
    do {
      descriptor = try FileSystem.open(path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    } catch {
      throw StoreError(.changed, error.description, underlying: error)
    }
    var status = stat()
    if fstat(descriptor.number, &status) != 0 || status.st_mode & S_IFMT != S_IFREG
      || Int64(status.st_size) != bytes
    {
      throw different
    }
    return descriptor
  }

  /// What is said when the content is not what it was.
  var different: StoreError {
    StoreError(.changed, "\(path) is not the file that was packaged: something changed it since")
  }
}
