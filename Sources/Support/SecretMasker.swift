import Foundation

/// Replaces secrets in a stream of bytes by `***` before it leaves the process: every value, each line of a value of
/// several lines, and their common encodings (``SecretEncodings`` lists them), wherever the pieces of the stream are
/// cut.
///
/// Every byte that belongs to an occurrence of any pattern is replaced, also where occurrences overlap or lie in each
/// other; bytes that touch become one `***`. Only bytes that may still become a match are held back, at most 127.
/// Clean bytes are passed on as ranges of the caller's buffer, uncopied. Memory is bounded (16 bytes for each byte of a
/// pattern that no other pattern begins with; an SSH key of 3 KiB takes 1.5 MiB). Used by one thread at a time.
public final class SecretMasker {
  /// Values and lines of fewer bytes are not masked: replacing every `no` or `42` would shred the log and tell more
  /// about the value than it hides.
  public static let shortestSecret = AhoCorasick.shortestPattern

  /// The longest value that can be masked, 64 KiB, as much as AWS Secrets Manager stores.
  public static let longestSecret = 64 << 10

  private let automaton: AhoCorasick
  private var stream = MaskingStream()

  /// A masker that knows no secret yet and passes everything on.
  ///
  /// - Parameter memoryLimit: the most bytes that the patterns of all secrets may take.
  public init(memoryLimit: Int = 64 << 20) { automaton = AhoCorasick(memoryLimit: memoryLimit) }

  /// Adds secrets; from the next byte on they are masked, including a beginning that is still held back.
  ///
  /// - Returns: how many of the values are too short to be masked, empty ones not counted.
  /// - Throws: ``SystemError`` (`E2BIG`) when a value is too long or the memory bound is reached: some of the values
  ///   would be shown, so the build must not get them.
  @discardableResult
  public func add(_ secrets: [Secret]) throws(SystemError) -> Int {
    var tooShort = 0
    defer {
      automaton.link()
      stream.patternsChanged(in: automaton)
    }
    for secret in secrets {
      let value = secret.reveal()
      if value.isEmpty { continue }
      if value.utf8.count > Self.longestSecret {
        throw SystemError("mask a secret of more than \(Self.longestSecret) bytes", number: E2BIG)
      }
      let patterns = SecretEncodings.patterns(of: value)
      if patterns.isEmpty { tooShort += 1 }
      for pattern in patterns where !automaton.insert(pattern) {
        throw SystemError("mask the build's secrets, which are too long together", number: E2BIG)
      }
    }
    return tooShort
  }

  /// Masks the next bytes of the stream.
  ///
  /// - Parameters:
  ///   - bytes: valid during the call only.
  ///   - emit: called with each piece of the masked stream, in order; pieces are valid during that call only.
  public func mask(_ bytes: UnsafeRawBufferPointer, _ emit: (UnsafeRawBufferPointer) -> Void) {
    if bytes.isEmpty { return }
    stream.mask(bytes, with: automaton, emit)
  }

  /// Passes on the bytes that are held back, when the stream ends or what follows does not belong to them.
  public func flush(_ emit: (UnsafeRawBufferPointer) -> Void) { stream.flush(emit) }

  /// Masks a text that stands by itself, apart from the stream.
  public func masked(_ text: String) -> String {
    if automaton.isEmpty || text.isEmpty { return text }
    var result: [UInt8] = []
    var own = MaskingStream()
    var copy = text
    copy.withUTF8 { bytes in
      own.mask(UnsafeRawBufferPointer(bytes), with: automaton) { result.append(contentsOf: $0) }
    }
    own.flush { result.append(contentsOf: $0) }
    return String(decoding: result, as: UTF8.self)
  }
}
