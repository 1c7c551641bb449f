import Foundation
import JourneymanSupport

/// What a build has left in its output directory: the content of `manifest.json`, schema 1.
public struct Manifest: Sendable, Hashable, Codable {
  /// The file's name.
  public static let fileName = "manifest.json"
  /// Bytes a manifest may have.
  public static let longest = 64 << 20
  /// Files a manifest may list.
  public static let mostFiles = 100_000

  /// The version of this format.
  public var schema = 1
  /// The build's identifier.
  public var build: String
  /// The files, by name.
  public var files: [ManifestFile]

  /// Puts a manifest together.
  public init(build: String, files: [ManifestFile]) {
    self.build = build
    self.files = files.sorted { $0.file < $1.file }
  }

  /// The JSON text: the same bytes for the same content.
  ///
  /// - Throws: ``AttestationError``.
  public func encoded() throws(AttestationError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    } catch {
      throw AttestationError(.malformed, "cannot write the manifest: \(error)", underlying: error)
    }
  }

  /// Writes `manifest.json`.
  ///
  /// - Throws: ``AttestationError``.
  public func write(to directory: String) throws(AttestationError) {
    let text = try encoded()
    do {
      try FileSystem.writeAtomically(text, to: "\(directory)/\(Self.fileName)")
    } catch {
      throw AttestationError(.system, "cannot write the manifest: \(error)", underlying: error)
    }
  }

  /// Reads a manifest from anywhere: sizes are bounded, and every name stays beneath the manifest's directory.
  ///
  /// - Throws: ``AttestationError``.
  public init(parsing bytes: [UInt8]) throws(AttestationError) {
    if bytes.count > Self.longest {
      throw AttestationError(.tooLarge, "the manifest is longer than \(Self.longest >> 20) MiB")
    }
    do {
      self = try JSONDecoder().decode(Manifest.self, from: Data(bytes))
    } catch {
      throw AttestationError(.malformed, "the manifest is not of its format: \(jsonProblem(error))", underlying: error)
    }
    if schema != 1 {
      throw AttestationError(.malformed, "the manifest has schema \(schema), but only 1 is known; update journeyman")
    }
    if files.count > Self.mostFiles {
      throw AttestationError(.tooLarge, "the manifest lists more than \(Self.mostFiles) files")
    }
    var names: Set<String> = []
    for file in files {
      try file.check()
      if !names.insert(file.file).inserted {
        throw AttestationError(.malformed, "the manifest lists \(file.file) twice")
      }
    }
  }
}

/// One file of a ``Manifest``.
public struct ManifestFile: Sendable, Hashable, Codable {
  /// How a file is encrypted.
  public enum Sealing: String, Sendable, Codable {
    /// Not at all.
    case none
    /// As an age envelope for recipients.
    case recipients
    /// As an age envelope under a passphrase.
    case passphrase
  }

  /// The path relative to the manifest's directory, with `/` between components.
  public var file: String
  /// The artifact it belongs to.
  public var identifier: String
  /// Permission bits in four octal digits, such as `0644`.
  public var mode: String
  /// How it is encrypted.
  public var sealing: Sealing
  /// The public keys that can open it.
  public var recipients: [String]
  /// Bytes as stored.
  public var bytes: Int64
  /// SHA-256 as stored: 64 lower-case hexadecimal digits.
  public var sha256: String
  /// Bytes before sealing; absent when the file is not sealed.
  public var plainBytes: Int64?
  /// SHA-256 before sealing; absent when the file is not sealed.
  public var plainSHA256: String?

  /// Describes a file.
  public init(
    file: String, identifier: String, mode: String = "0644", sealing: Sealing = .none, recipients: [String] = [],
    bytes: Int64, sha256: String, plainBytes: Int64? = nil, plainSHA256: String? = nil
  ) {
    self.file = file
    self.identifier = identifier
    self.mode = mode
    self.sealing = sealing
    self.recipients = recipients
    self.bytes = bytes
    self.sha256 = sha256
    self.plainBytes = plainBytes
    self.plainSHA256 = plainSHA256
  }

  /// Whether every value is of its form.
  func check() throws(AttestationError) {
    try ArtifactPath.check(file)
    let sizes = [bytes] + [plainBytes].compactMap { $0 }
    let digests = [sha256] + [plainSHA256].compactMap { $0 }
    let isSound =
      sizes.allSatisfy { $0 >= 0 } && digests.allSatisfy(isDigest) && mode.utf8.count == 4
      && mode.utf8.allSatisfy { (48...55).contains($0) } && identifier.utf8.count <= 1024
      && recipients.count <= 1024 && recipients.allSatisfy { $0.utf8.count <= 4096 }
    if !isSound { throw AttestationError(.malformed, "the manifest's entry for \(file) has a value of a wrong form") }
  }
}

/// Names of files in a manifest or a provenance, which may come from anybody.
public enum ArtifactPath {
  /// Lets relative paths through that stay where they are and can be shown on a terminal.
  ///
  /// - Throws: ``AttestationError`` (`unsafeName`).
  public static func check(_ path: String) throws(AttestationError) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.count <= 255 }
    if !isPlain || path.utf8.count > 4096 || path.unicodeScalars.contains(where: isUnprintable) {
      throw AttestationError(.unsafeName, "the name \(shown(path)) is not a plain path beneath its directory")
    }
  }

  /// A name without what would move the cursor or change its meaning.
  public static func shown(_ path: String) -> String {
    "'" + path.unicodeScalars.prefix(200).map { isUnprintable($0) ? "?" : String($0) }.joined() + "'"
  }

  private static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
    default: false
    }
  }
}

/// Whether a text is a SHA-256 in lower-case hexadecimal digits.
func isDigest(_ text: String) -> Bool {
  text.utf8.count == 64 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
}

/// Where and why JSON was not what was expected, without repeating it.
func jsonProblem(_ error: any Error) -> String {
  func place(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
    let path = (context.codingPath + [last].compactMap { $0 }).map { $0.intValue.map(String.init) ?? $0.stringValue }
    return path.isEmpty ? "the whole" : ArtifactPath.shown(path.joined(separator: "."))
  }
  return switch error as? DecodingError {
  case .keyNotFound(let key, let context): "\(place(context, key)) is missing"
  case .typeMismatch(_, let context), .valueNotFound(_, let context): "\(place(context)) has the wrong type"
  case .dataCorrupted(let context): context.codingPath.isEmpty ? "it is not JSON" : "\(place(context)) is not valid"
  default: "it is not JSON"
  }
}
