public import JourneymanSealing

/// What came of holding a place against its manifest and its signature.
public struct Verification: Sendable {
  /// What is wrong with one file.
  public enum Difference: Sendable, Hashable {
    /// The manifest lists it, and it is not there.
    case missing
    /// It has another length.
    case size(expected: Int64, actual: Int64)
    /// It has the right length and another content.
    case content(expected: String, actual: String)
    /// It is there, and the manifest does not list it.
    case notListed
    /// The manifest lists it, and the signed statement does not speak of it.
    case notSigned
    /// The manifest and the signed statement give different digests.
    case signedOtherwise(signed: String, listed: String)
    /// The signed statement speaks of it, and the manifest does not list it.
    case leftOut
    /// It cannot be read, or is no plain file.
    case unreadable(String)
  }

  /// Who vouches for the place.
  public enum Signer: Sendable, Hashable {
    /// A key the user trusts signed the statement.
    case trusted(VerifyingKey)
    /// A trusted key is named, but the statement was changed after it signed.
    case forged(VerifyingKey)
    /// Only keys signed that the user does not trust; these are their identifiers.
    case untrusted([String])
    /// There is no provenance, or nobody signed it.
    case nobody
    /// The provenance cannot be understood.
    case malformed(String)
  }

  /// Who vouches for it.
  public var signer: Signer
  /// The manifest that was checked.
  public var manifest: Manifest
  /// The statement, if a trusted key signed it.
  public var statement: Statement?
  /// What is wrong, by file name, `manifest.json` included.
  public var differences: [(file: String, difference: Difference)] = []

  /// Whether everything is as the trusted signer left it.
  public var isGood: Bool {
    if case .trusted = signer { return differences.isEmpty }
    return false
  }

  /// Checks a place.
  ///
  /// - Parameters:
  ///   - location: where the files lie. Nothing in it is trusted.
  ///   - keys: the keys whose signature counts.
  /// - Throws: ``AttestationError`` when there is no manifest that can be read.
  public static func check(_ location: any ArtifactLocation, trusting keys: [VerifyingKey]) async throws -> Verification
  {
    guard let text = try await location.read(Manifest.fileName, limit: Manifest.longest) else {
      throw AttestationError(.missing, "there is no \(Manifest.fileName): nothing says what should be there")
    }
    var result = Verification(signer: .nobody, manifest: try Manifest(parsing: text))
    try await result.checkSignature(location, manifestSHA256: Digest.sha256(of: text), trusting: keys)
    try await result.checkFiles(location)
    return result
  }

  private mutating func checkSignature(
    _ location: any ArtifactLocation, manifestSHA256: String, trusting keys: [VerifyingKey]
  ) async throws {
    do {
      guard let text = try await location.read(Provenance.fileName, limit: SignedEnvelope.longest) else { return }
      let envelope = try SignedEnvelope(parsing: text)
      switch try envelope.verdict(trusting: keys) {
      case .unsigned: signer = .nobody
      case .unknownSigner(let identifiers): signer = .untrusted(identifiers)
      case .forged(let key): signer = .forged(key)
      case .signed(let key, let payload):
        if envelope.payloadType != Statement.mediaType {
          throw AttestationError(.malformed, "the provenance holds something else than an in-toto statement")
        }
        let statement = try Statement(parsing: payload)
        signer = .trusted(key)
        self.statement = statement
        compare(statement, manifestSHA256: manifestSHA256)
      }
    } catch let error as AttestationError {
      signer = .malformed(error.message)
    }
  }

  /// Holds the manifest against what was signed.
  private mutating func compare(_ statement: Statement, manifestSHA256: String) {
    var signed: [String: String] = [:]
    for subject in statement.subject { signed[subject.name] = subject.digest["sha256"] ?? "" }
    let listed = manifest.files.map { ($0.file, $0.sha256) } + [(Manifest.fileName, manifestSHA256)]
    for (file, digest) in listed {
      switch signed.removeValue(forKey: file) {
      case nil: differences.append((file, .notSigned))
      case .some(let other) where other != digest:
        differences.append((file, .signedOtherwise(signed: other, listed: digest)))
      default: break
      }
    }
    for file in signed.keys.sorted() { differences.append((file, .leftOut)) }
  }

  /// Holds the files against the manifest.
  private mutating func checkFiles(_ location: any ArtifactLocation) async throws {
    for file in manifest.files {
      try Task.checkCancellation()
      do {
        guard let found = try await location.digest(file.file, limit: file.bytes) else {
          differences.append((file.file, .missing))
          continue
        }
        if found.bytes != file.bytes {
          differences.append((file.file, .size(expected: file.bytes, actual: found.bytes)))
        } else if found.sha256 != file.sha256 {
          differences.append((file.file, .content(expected: file.sha256, actual: found.sha256)))
        }
      } catch let error as AttestationError {
        differences.append((file.file, .unreadable(error.message)))
      }
    }
    let listed = Set(manifest.files.map(\.file))
    for name in try await location.artifactNames() ?? [] where !listed.contains(name) {
      differences.append((name, .notListed))
    }
  }
}
