import Foundation
internal import JourneymanSupport

/// Sealing and opening whole files: the output is complete, or it is not there.
public enum EnvelopeFile {
  /// What is added to the name of a sealed file.
  public static let suffix = ".age"

  /// Seals a file. Blocks: run it on a thread of its own.
  ///
  /// The envelope gets the permission bits of the file.
  ///
  /// - Parameters:
  ///   - input: the file; `-` is standard input.
  ///   - output: the envelope to make; `-` is standard output.
  ///   - lock: whom it is for.
  ///   - armored: whether to write text instead of bytes.
  ///   - replaces: whether an existing output may be replaced.
  ///   - digests: whether to compute SHA-256 of both.
  /// - Throws: ``SealingError``.
  @discardableResult
  public static func seal(
    _ input: String, to output: String, for lock: Lock, armored: Bool = false, replaces: Bool = false,
    digests: Bool = false
  ) throws(SealingError) -> SealedFile? {
    try describing(input, output) {
      let source = try openInput(input)
      let mode = input == "-" ? 0o644 : try permissions(of: source.number, name: input)
      let file = try OutputFile(output, mode: mode, replaces: replaces)
      let sealer = try Sealer(
        to: file.descriptor.number, for: lock, armored: armored, digests: digests, name: output)
      try sealer.write(contentsOf: source.number, name: input)
      try sealer.finish()
      try file.commit()
      return sealer.result
    }
  }

  /// Opens an envelope. Blocks: run it on a thread of its own.
  ///
  /// The output can be read by its owner only: what was sealed stays private until somebody decides otherwise.
  ///
  /// - Parameters:
  ///   - input: the envelope; `-` is standard input.
  ///   - output: the file to make; `-` is standard output, which gets authentic bytes only, but gets them before the
  ///     end of the envelope is known to be right.
  ///   - keys: what may open it.
  ///   - replaces: whether an existing output may be replaced.
  /// - Returns: bytes of the content.
  /// - Throws: ``SealingError``.
  @discardableResult
  public static func open(
    _ input: String, to output: String, with keys: Keys, replaces: Bool = false
  ) throws(SealingError) -> Int64 {
    try describing(input, output) {
      let source = try openInput(input)
      let file = try OutputFile(output, mode: 0o600, replaces: replaces)
      let name = input == "-" ? "standard input" : input
      let bytes = try Opener.open(
        source.number, to: file.descriptor.number, inOrder: file.isVisible, with: keys, name: name)
      try file.commit()
      return bytes
    }
  }

  private static func openInput(_ path: String) throws(SystemError) -> OwnedDescriptor {
    if path == "-" { return try OwnedDescriptor(taking: 0).duplicate() }
    let file = try FileSystem.open(path, flags: O_RDONLY)
    // Reading ahead helps where the file comes from a disk; it is advice, so its failure means nothing.
    _ = posix_fadvise(file.number, 0, 0, POSIX_FADV_SEQUENTIAL)
    return file
  }

  /// Every error as one of this module, with the file's name in it.
  private static func describing<Value>(
    _ input: String, _ output: String, _ body: () throws -> Value
  ) throws(SealingError) -> Value {
    do {
      return try body()
    } catch let error as SealingError {
      throw error
    } catch let error as SystemError {
      throw SealingError(.system, "\(error)", underlying: error)
    } catch {
      throw SealingError(.system, "cannot make \(output) of \(input): \(error)", underlying: error)
    }
  }
}
