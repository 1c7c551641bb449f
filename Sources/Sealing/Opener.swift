import Foundation
public import JourneymanSupport

/// What may open an envelope.
public struct Keys: Sendable {
  /// Identities, tried in their order.
  public var identities: [Identity]
  /// A passphrase.
  public var passphrase: Secret?

  /// Collects keys.
  public init(identities: [Identity] = [], passphrase: Secret? = nil) {
    self.identities = identities
    self.passphrase = passphrase
  }
}

/// Opens envelopes of the age v1 format, <https://c2sp.org/age>, binary or armored, in about 2 MiB of memory.
///
/// No byte of a chunk that did not authenticate is ever written. A file that was cut off, extended or shuffled is an
/// error; what was written until then is authentic but not the whole, so the caller throws it away.
public enum Opener {
  /// Opens an envelope. Blocks: run it on a thread of its own.
  ///
  /// - Parameters:
  ///   - envelope: a descriptor to read from, at its position.
  ///   - output: a blocking descriptor that receives the content, at its position.
  ///   - inOrder: whether the output must hold a prefix of the content at every moment; without it several threads
  ///     write to a regular file, which leaves gaps when the envelope turns out to be wrong.
  ///   - keys: what may open it.
  ///   - name: what error messages call the envelope.
  /// - Returns: bytes of the content.
  /// - Throws: ``SealingError``, or `SystemError` when reading or writing fails.
  @discardableResult
  public static func open(
    _ envelope: Int32, to output: Int32, inOrder: Bool = true, with keys: Keys, name: String
  ) throws -> Int64 {
    do {
      return try open(
        BufferedReader { buffer in
          try retryingInterrupts("read \(name)") { read(envelope, buffer.baseAddress, buffer.count) }
        }, to: output, inOrder: inOrder, with: keys)
    } catch let error as SealingError {
      throw SealingError(error.code, "\(name): \(error.message)", underlying: error.underlying)
    }
  }

  private static func open(
    _ raw: BufferedReader, to output: Int32, inOrder: Bool, with keys: Keys
  ) throws -> Int64 {
    var reader = raw
    if try ArmorReader.recognizes(raw) {
      let armor = ArmorReader(raw)
      reader = BufferedReader { try armor.read(into: $0) }
    }
    let header = try HeaderParser.parse(reader)
    let fileKey = try fileKey(of: header, with: keys)
    if try !header.isAuthentic(under: fileKey) {
      throw SealingError(.wrongHeaderMAC, "the header was changed after the file was sealed")
    }
    let nonce = try reader.peek(Chunk.payloadNonceLength)
    reader.skip(nonce.count)
    if nonce.count < Chunk.payloadNonceLength {
      throw SealingError(.truncated, "the file ends before its first chunk: it was cut off")
    }
    let key = try Chunk.key(of: fileKey, nonce: nonce)
    let offset = inOrder ? nil : PositionalFile.offset(of: output)
    let destination: Destination =
      if let offset {
        .file(descriptor: output, offset: offset, name: "the output")
      } else {
        .stream { try FileSystem.writeAll($0, to: output, name: "the output") }
      }
    let pipeline = ChunkPipeline(to: destination) { try ChunkOpener(key: key) }
    defer { pipeline.abandon() }
    while try pipeline.fill({ try reader.read(into: $0) }) {}
    let bytes = try pipeline.finish().output
    if let offset {
      try retryingInterrupts("seek to the end of the output") { lseek(output, off_t(offset + bytes), SEEK_SET) }
    }
    return bytes
  }

  /// Finds the file key, after every stanza of a known type has been held against the rules of its type.
  static func fileKey(of header: Header, with keys: Keys) throws -> KeyBytes {
    var shares: Set<[UInt8]> = []
    var isSealedWithPassphrase = false
    for stanza in header.stanzas {
      if stanza.type == X25519Stanza.type, !shares.insert(try X25519Stanza.share(of: stanza)).inserted {
        throw SealingError(.conflictingStanzas, "two stanzas of the header share one key")
      }
      if stanza.type == ScryptStanza.type {
        if header.stanzas.count > 1 {
          throw SealingError(.mixedStanzas, "a passphrase stanza stands beside others, which the age format forbids")
        }
        _ = try ScryptStanza.parameters(of: stanza)
        isSealedWithPassphrase = true
      }
    }
    if isSealedWithPassphrase { return try fileKey(of: header.stanzas[0], passphrase: keys.passphrase) }
    return try fileKey(of: header.stanzas, identities: keys.identities)
  }

  private static func fileKey(of stanza: Stanza, passphrase: Secret?) throws -> KeyBytes {
    guard let passphrase, !passphrase.reveal().isEmpty else {
      throw SealingError(.missingPassphrase, "it is sealed with a passphrase; give it with --passphrase-env NAME")
    }
    guard let key = try ScryptStanza.unwrap(stanza, with: passphrase) else {
      throw SealingError(.noMatchingKey, "the passphrase is wrong")
    }
    return key
  }

  private static func fileKey(of stanzas: [Stanza], identities: [Identity]) throws -> KeyBytes {
    var found: KeyBytes?
    for stanza in stanzas where stanza.type == X25519Stanza.type {
      for identity in identities {
        guard let key = try X25519Stanza.unwrap(stanza, with: identity) else { continue }
        if let found, !found.equals(key) {
          throw SealingError(.conflictingStanzas, "two stanzas of the header hold different keys for one identity")
        }
        found = key
      }
    }
    if let found { return found }
    if identities.isEmpty {
      throw SealingError(.noMatchingKey, "it is sealed for recipients; give an identity with -i FILE")
    }
    throw SealingError(.noMatchingKey, "it is not sealed for any of the identities at hand (\(identities.count) tried)")
  }
}
