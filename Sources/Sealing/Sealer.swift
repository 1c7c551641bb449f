import Foundation
public import JourneymanSupport

/// Whom an envelope is for: the format allows recipients or one passphrase, never both.
public enum Lock: Sendable {
  /// Everybody who has the identity of one of these.
  case recipients([Recipient])
  /// Everybody who knows the passphrase. Making and opening takes half a second and 256 MiB of memory.
  case passphrase(Secret)
}

/// What went into an envelope and what it became.
public struct SealedFile: Sendable, Hashable {
  /// Bytes before sealing.
  public var plainBytes: Int64
  /// SHA-256 before sealing, 64 lower-case hexadecimal digits; `nil` when no digests were asked for.
  public var plainSHA256: String?
  /// Bytes of the envelope.
  public var sealedBytes: Int64
  /// SHA-256 of the envelope.
  public var sealedSHA256: String?
}

/// Seals a stream of bytes in the age v1 format, <https://c2sp.org/age>, on its way to a file, in one pass and about
/// 2 MiB of memory.
///
/// Every call blocks while the threads of the sealer are busy: use it on a thread of your own. The envelope is complete
/// when ``finish()`` has returned; until then, and when anything throws, what was written is to be thrown away.
///
/// The packager writes into it, or ``write(contentsOf:name:)`` feeds it from a file:
///
///     let sealer = try Sealer(to: staged.number, for: .recipients(recipients))
///     try sealer.write(contentsOf: input.number, name: path)
///     try sealer.finish()
///     let sizesAndDigests = sealer.result
public final class Sealer: ByteSink {
  private let pipeline: ChunkPipeline<ChunkSealer>
  private let armor: ArmorWriter?
  private let plainDigest: DigestBox?
  private let sealedDigest: DigestBox?
  private let counter: ByteCounter
  private let headerLength: Int64
  private let descriptor: Int32
  private let offset: Int64?
  /// What was sealed; `nil` until ``finish()`` has returned.
  public private(set) var result: SealedFile?

  /// Writes the header.
  ///
  /// - Parameters:
  ///   - descriptor: a blocking descriptor, borrowed until the sealer is finished or gone. Output starts at its
  ///     position and leaves it behind the envelope.
  ///   - lock: whom it is for; the same recipient twice counts once.
  ///   - armored: whether to write text instead of bytes.
  ///   - digests: whether to compute SHA-256 before and after.
  ///   - name: what error messages call the output.
  /// - Throws: ``SealingError``, or `SystemError` when the header cannot be written.
  public convenience init(
    to descriptor: Int32, for lock: Lock, armored: Bool = false, digests: Bool = true, name: String = "the envelope"
  ) throws {
    try self.init(
      to: descriptor, for: lock, armored: armored, digests: digests, name: name,
      logarithm: ScryptStanza.usualLogarithm)
  }

  /// Tests make passphrase envelopes with less work.
  init(
    to descriptor: Int32, for lock: Lock, armored: Bool, digests: Bool, name: String, logarithm: Int
  ) throws {
    let fileKey = try KeyBytes.random(count: FileKey.length)
    let nonce = try KeyBytes.random(count: Chunk.payloadNonceLength).withBytes { Array($0) }
    let header = try Header.encode(try Self.stanzas(lock, fileKey: fileKey, logarithm: logarithm), fileKey: fileKey)
    let payloadKey = try Chunk.key(of: fileKey, nonce: nonce)
    let start = header + nonce

    self.descriptor = descriptor
    offset = armored ? nil : PositionalFile.offset(of: descriptor)
    headerLength = Int64(start.count)
    plainDigest = digests ? try DigestBox() : nil
    let sealedDigest = digests ? try DigestBox() : nil
    self.sealedDigest = sealedDigest
    let counter = ByteCounter()
    self.counter = counter
    let destination: Destination
    if armored {
      // The envelope is the text, so it is the text that is counted and digested.
      let armor = ArmorWriter { text in
        try sealedDigest?.update(text)
        counter.add(text.count)
        try FileSystem.writeAll(text, to: descriptor, name: name)
      }
      self.armor = armor
      try start.withUnsafeBytes(armor.write)
      destination = .stream { try armor.write($0) }
    } else {
      armor = nil
      try start.withUnsafeBytes { try sealedDigest?.update($0) }
      if let offset {
        try start.withUnsafeBytes { try PositionalFile.write($0, to: descriptor, at: offset, name: name) }
        destination = .file(descriptor: descriptor, offset: offset + headerLength, name: name)
      } else {
        try FileSystem.writeAll(start, to: descriptor, name: name)
        destination = .stream { try FileSystem.writeAll($0, to: descriptor, name: name) }
      }
    }
    pipeline = ChunkPipeline(
      to: destination, inputDigest: plainDigest, outputDigest: armored ? nil : sealedDigest
    ) { try ChunkSealer(key: payloadKey) }
  }

  deinit { pipeline.abandon() }

  /// Seals more bytes.
  ///
  /// - Throws: ``SealingError`` or `SystemError`, possibly about bytes of an earlier call.
  public func write(_ bytes: UnsafeRawBufferPointer) throws { try pipeline.write(bytes) }

  /// Seals everything a descriptor gives until its end.
  ///
  /// - Parameter name: what error messages call the input.
  /// - Throws: ``SealingError`` or `SystemError`.
  public func write(contentsOf input: Int32, name: String) throws {
    while try pipeline.fill({ buffer in
      try retryingInterrupts("read \(name)") { read(input, buffer.baseAddress, buffer.count) }
    }) {}
  }

  /// Writes the last chunk and waits until everything is written. To be called once.
  ///
  /// - Throws: ``SealingError`` or `SystemError`.
  public func finish() throws {
    let (plainBytes, payloadBytes) = try pipeline.finish()
    try armor?.finish()
    let sealedBytes = armor == nil ? headerLength + payloadBytes : counter.count
    if let offset {
      try retryingInterrupts("seek to the end of the envelope") {
        lseek(descriptor, off_t(offset + sealedBytes), SEEK_SET)
      }
    }
    result = SealedFile(
      plainBytes: plainBytes, plainSHA256: try plainDigest?.finish(), sealedBytes: sealedBytes,
      sealedSHA256: try sealedDigest?.finish())
  }

  private static func stanzas(_ lock: Lock, fileKey: KeyBytes, logarithm: Int) throws -> [Stanza] {
    switch lock {
    case .passphrase(let passphrase):
      if passphrase.reveal().isEmpty { throw SealingError(.missingPassphrase, "the passphrase is empty") }
      return [try ScryptStanza.wrap(fileKey, under: passphrase, logarithm: logarithm)]
    case .recipients(let recipients):
      if recipients.isEmpty { throw SealingError(.malformedRecipient, "there is no recipient to seal for") }
      var known: Set<Recipient> = []
      let distinct = recipients.filter { known.insert($0).inserted }
      if distinct.count > Header.mostStanzas {
        throw SealingError(.malformedRecipient, "an envelope has at most \(Header.mostStanzas) recipients")
      }
      return try distinct.map { try X25519Stanza.wrap(fileKey, for: $0) }
    }
  }
}
