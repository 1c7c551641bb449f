import Foundation
internal import JourneymanSupport

/// The text files that identities are kept in: one on a line, `#` begins a comment line, as `age-keygen` writes them.
public enum IdentityFile {
  private static let longest = 1 << 20
  private static let mostIdentities = 256

  /// Reads the identities of a file.
  ///
  /// - Throws: ``SealingError`` naming the file and the line; the line's text is never repeated.
  public static func read(_ path: String) throws(SealingError) -> [Identity] {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try FileSystem.read(path, limit: longest)
    } catch {
      throw SealingError(.system, "cannot read the identity file \(path): \(error.reason)", underlying: error)
    }
    return try parse(bytes, name: path)
  }

  /// Reads identities from the text of a file.
  ///
  /// - Parameter name: what error messages call the file.
  /// - Throws: ``SealingError`` (`malformedIdentity`).
  public static func parse(_ bytes: [UInt8], name: String) throws(SealingError) -> [Identity] {
    if bytes.starts(with: Header.versionPrefix) || bytes.starts(with: Armor.beginning) {
      throw SealingError(
        .malformedIdentity, "\(name) is itself sealed; open it first, for example with age -d, and pass the result")
    }
    var identities: [Identity] = []
    for (index, raw) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let line = raw.last == UInt8(ascii: "\r") ? raw.dropLast() : raw
      if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
      do throws(SealingError) {
        identities.append(try Identity(String(decoding: line, as: UTF8.self)))
      } catch {
        throw SealingError(
          .malformedIdentity, "\(name), line \(index + 1): \(complaint(about: line, otherwise: error.message))")
      }
      if identities.count > mostIdentities {
        throw SealingError(.malformedIdentity, "\(name) has more than \(mostIdentities) identities")
      }
    }
    if identities.isEmpty { throw SealingError(.malformedIdentity, "\(name) has no identity in it") }
    return identities
  }

  /// Makes a new identity and a file for it that only its owner can read; a file that is there is never replaced.
  ///
  /// - Throws: ``SealingError``; `exists` when there is a file already.
  public static func create(_ path: String) throws(SealingError) -> Identity {
    let identity = try Identity()
    let created = Timestamp.now().description.prefix(19) + "Z"
    let text = "# created: \(created)\n# public key: \(identity.recipient)\n\(identity.reveal())\n"
    try KeyFile.create(path, contents: Array(text.utf8), what: "identity file")
    return identity
  }

  private static func complaint(about line: ArraySlice<UInt8>, otherwise: String) -> String {
    if line.starts(with: "AGE-PLUGIN-".utf8) || line.starts(with: "AGE-SECRET-KEY-PQ-".utf8) {
      return "this kind of identity is not supported; use an X25519 one (AGE-SECRET-KEY-1…)"
    }
    if line.starts(with: "age1".utf8) { return "that is a recipient (a public key), not an identity" }
    return otherwise
  }
}
