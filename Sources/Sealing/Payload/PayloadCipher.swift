/// The lengths of the payload's chunks, from the age format.
enum Chunk {
  /// Plain bytes of every chunk but the last, which may be shorter.
  static let plainLength = 65_536
  /// Sealed bytes of every chunk but the last.
  static let sealedLength = plainLength + ChaCha20Poly1305.tagLength
  /// Bytes of the nonce between header and chunks.
  static let payloadNonceLength = 16

  /// The key of a payload.
  static func key(of fileKey: KeyBytes, nonce: [UInt8]) throws(SealingError) -> KeyBytes {
    try KeyDerivation.hkdf(fileKey, salt: nonce, info: "payload")
  }
}

/// Turns the chunks of one batch after another into their other form. Each worker thread has its own.
protocol ChunkTransform: AnyObject, SendableMetatype {
  /// Bytes of a full chunk on the way in.
  static var inputLength: Int { get }
  /// Bytes of a full chunk on the way out.
  static var outputLength: Int { get }

  /// Transforms a batch: full chunks, of which the last may be shorter if the payload ends with it.
  ///
  /// - Parameters:
  ///   - firstChunk: the number of the first chunk in the payload.
  ///   - isEnd: whether the payload ends with this batch.
  /// - Returns: the bytes at the start of `output` that may be used, and what was wrong after them.
  func transform(
    _ input: UnsafeRawBufferPointer, firstChunk: UInt64, isEnd: Bool, into output: UnsafeMutableRawBufferPointer
  ) -> (usable: Int, failure: SealingError?)
}

/// Twelve bytes for each chunk: its number, big endian, in eleven, and whether it is the last one.
private struct ChunkNonce {
  private(set) var bytes = [UInt8](repeating: 0, count: ChaCha20Poly1305.nonceLength)

  mutating func set(chunk: UInt64, isFinal: Bool) {
    for index in 0..<8 { bytes[3 + index] = UInt8(truncatingIfNeeded: chunk >> UInt64(56 - 8 * index)) }
    bytes[11] = isFinal ? 1 : 0
  }
}

/// Seals chunks.
final class ChunkSealer: ChunkTransform {
  static let inputLength = Chunk.plainLength
  static let outputLength = Chunk.sealedLength
  private let cipher: ChaCha20Poly1305
  private var nonce = ChunkNonce()

  init(key: KeyBytes) throws(SealingError) { cipher = try ChaCha20Poly1305(key: key, sealing: true) }

  func transform(
    _ input: UnsafeRawBufferPointer, firstChunk: UInt64, isEnd: Bool, into output: UnsafeMutableRawBufferPointer
  ) -> (usable: Int, failure: SealingError?) {
    var position = 0
    var written = 0
    var chunk = firstChunk
    repeat {
      let count = min(Self.inputLength, input.count - position)
      let plain = UnsafeRawBufferPointer(rebasing: input[position..<(position + count)])
      let sealed = UnsafeMutableRawBufferPointer(
        rebasing: output[written..<(written + count + ChaCha20Poly1305.tagLength)])
      position += count
      nonce.set(chunk: chunk, isFinal: isEnd && position == input.count)
      do throws(SealingError) {
        let result = nonce.bytes.withUnsafeBytes { nonce in
          Result { () throws(SealingError) in try cipher.seal(plain, nonce: nonce, into: sealed) }
        }
        try result.get()
      } catch {
        return (written, error)
      }
      written += sealed.count
      chunk += 1
    } while position < input.count
    return (written, nil)
  }
}

/// Opens chunks. A chunk that does not authenticate ends what may be used.
final class ChunkOpener: ChunkTransform {
  static let inputLength = Chunk.sealedLength
  static let outputLength = Chunk.plainLength
  private let cipher: ChaCha20Poly1305
  private var nonce = ChunkNonce()

  init(key: KeyBytes) throws(SealingError) { cipher = try ChaCha20Poly1305(key: key, sealing: false) }

  func transform(
    _ input: UnsafeRawBufferPointer, firstChunk: UInt64, isEnd: Bool, into output: UnsafeMutableRawBufferPointer
  ) -> (usable: Int, failure: SealingError?) {
    var position = 0
    var written = 0
    var chunk = firstChunk
    if input.isEmpty { return (0, SealingError(.truncated, "the file ends before its first chunk: it was cut off")) }
    while position < input.count {
      let count = min(Self.inputLength, input.count - position)
      let sealed = UnsafeRawBufferPointer(rebasing: input[position..<(position + count)])
      let length = count - ChaCha20Poly1305.tagLength
      position += count
      let isFinal = isEnd && position == input.count
      if length < 0 {
        return (written, SealingError(.truncated, "chunk \(chunk) is shorter than its tag: the file was cut off"))
      }
      let plain = UnsafeMutableRawBufferPointer(rebasing: output[written..<(written + length)])
      if !opens(sealed, chunk: chunk, isFinal: isFinal, into: plain) {
        return (written, failure(of: sealed, chunk: chunk, isFinal: isFinal, scratch: plain))
      }
      if length == 0 && chunk > 0 {
        return (written, SealingError(.damaged, "the final chunk \(chunk) is empty, which the age format forbids"))
      }
      written += length
      chunk += 1
    }
    return (written, nil)
  }

  private func opens(
    _ sealed: UnsafeRawBufferPointer, chunk: UInt64, isFinal: Bool, into plain: UnsafeMutableRawBufferPointer
  ) -> Bool {
    nonce.set(chunk: chunk, isFinal: isFinal)
    return nonce.bytes.withUnsafeBytes { cipher.open(sealed, nonce: $0, into: plain) }
  }

  /// Why a chunk did not open: if it opens with the opposite flag, it is genuine and stands in the wrong place.
  private func failure(
    of sealed: UnsafeRawBufferPointer, chunk: UInt64, isFinal: Bool, scratch: UnsafeMutableRawBufferPointer
  ) -> SealingError {
    guard opens(sealed, chunk: chunk, isFinal: !isFinal, into: scratch) else {
      let cut = isFinal ? " or was cut off" : ""
      return SealingError(.damaged, "chunk \(chunk) is not authentic: the file is damaged\(cut)")
    }
    if isFinal {
      return SealingError(.truncated, "the file ends after chunk \(chunk), which is not its last: it was cut off")
    }
    return SealingError(.trailingData, "something was appended to the file after its last chunk \(chunk)")
  }
}
