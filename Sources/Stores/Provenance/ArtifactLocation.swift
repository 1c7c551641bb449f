import Foundation
internal import JourneymanSealing
internal import JourneymanSupport

/// A place that holds a manifest, a provenance and artifacts, whoever wrote them there.
public protocol ArtifactLocation: Sendable {
  /// The bytes of a small file; `nil` when there is none.
  ///
  /// - Throws: ``AttestationError``; `tooLarge` when it has more than `limit` bytes.
  func read(_ name: String, limit: Int) async throws -> [UInt8]?

  /// The digest and size of a file of any size; `nil` when there is none.
  ///
  /// - Parameter limit: a longer file is not read to its end, and its digest is empty: it is wrong anyway.
  /// - Throws: ``AttestationError``.
  func digest(_ name: String, limit: Int64) async throws -> (sha256: String, bytes: Int64)?

  /// The names of all files beneath `artifacts/`; `nil` when the place cannot tell.
  ///
  /// - Throws: ``AttestationError``.
  func artifactNames() async throws -> [String]?
}

/// A directory of this machine. Links are not followed, wherever they lead.
public final class ArtifactDirectory: ArtifactLocation {
  private let root: OwnedDescriptor
  private let path: String

  /// Opens the directory.
  ///
  /// - Throws: ``AttestationError`` (`missing`).
  public init(_ path: String) throws(AttestationError) {
    self.path = path
    do throws(SystemError) {
      root = try FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY)
    } catch {
      throw AttestationError(
        .missing, "\(path) is not a directory that can be read: \(error.reason)", underlying: error)
    }
  }

  /// The bytes of a small file.
  public func read(_ name: String, limit: Int) async throws -> [UInt8]? {
    try await runBlocking { [self] in
      guard let file = try open(name) else { return nil }
      do throws(SystemError) {
        return try FileSystem.readAll(file.number, limit: limit, name: name)
      } catch {
        throw complaint(name, error)
      }
    }
  }

  /// The digest and size of a file.
  public func digest(_ name: String, limit: Int64) async throws -> (sha256: String, bytes: Int64)? {
    try await runBlocking { [self] in
      guard let file = try open(name) else { return nil }
      do {
        let size = fileSize(file.number)
        if size > limit { return ("", size) }
        return try Digest.sha256(ofDescriptor: file.number, name: name)
      } catch let error as SystemError {
        throw complaint(name, error)
      }
    }
  }

  /// The names of all files beneath `artifacts/`.
  public func artifactNames() async throws -> [String]? {
    try await runBlocking { [self] in
      var names: [String] = []
      try collect("artifacts", depth: 0, into: &names)
      return names.sorted()
    }
  }

  private func collect(_ directory: String, depth: Int, into names: inout [String]) throws {
    do {
      let opened = try FileSystem.openBeneath(root.number, directory, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      for found in try FileSystem.entryNames(of: opened.number, shown: directory) {
        guard let entry = found.text else {
          throw AttestationError(.unsafeName, "\(directory)/\(found.shown): no artifact has a name that is not UTF-8")
        }
        let name = "\(directory)/\(entry)"
        if names.count >= 2 * Manifest.mostFiles || depth > 256 {
          throw AttestationError(.tooLarge, "\(path)/artifacts holds too many files to look through")
        }
        if (try? FileSystem.openBeneath(opened.number, entry, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) != nil {
          try collect(name, depth: depth + 1, into: &names)
        } else {
          names.append(name)
        }
      }
    } catch let error as SystemError {
      if error.number == ENOENT && depth == 0 { return }
      throw complaint(directory, error)
    }
  }

  private func open(_ name: String) throws(AttestationError) -> OwnedDescriptor? {
    do throws(SystemError) {
      return try openRegular(name)
    } catch {
      if error.number == ENOENT || error.number == ENOTDIR { return nil }
      throw complaint(name, error)
    }
  }

  private func openRegular(_ name: String) throws(SystemError) -> OwnedDescriptor {
    let file = try FileSystem.openBeneath(root.number, name, flags: O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
    if !isRegularFile(file.number) { throw SystemError("read \(name)", number: EINVAL) }
    return file
  }

  private func complaint(_ name: String, _ error: SystemError) -> AttestationError {
    let shown = ArtifactPath.shown(name)
    return switch error.number {
    case ELOOP, EXDEV: AttestationError(.unsafeName, "\(shown) is a link or lies behind one", underlying: error)
    case EINVAL: AttestationError(.unsafeName, "\(shown) is not a regular file", underlying: error)
    case EFBIG: AttestationError(.tooLarge, "\(shown) is too long", underlying: error)
    default: AttestationError(.system, "cannot read \(shown) in \(path): \(error.reason)", underlying: error)
    }
  }
}
