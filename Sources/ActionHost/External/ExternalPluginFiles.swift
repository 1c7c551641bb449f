internal import Foundation
internal import JourneymanActionKit
internal import JourneymanSealing
internal import JourneymanSupport

/// The files of an external plugin, checked: nobody but their owner, who is root or the agent's user, can have written
/// them.
struct ExternalPluginFiles: Sendable {
  /// The plugin's directory.
  let directory: String
  /// What `plugin.json` says.
  let manifest: PluginManifest
  /// The executable, relative to the directory.
  let executable: String
  /// A configuration that works, for `journeyman plugin check`.
  let example: JSONValue?
  /// The SHA-256 of the executable, in hex.
  let digest: String

  /// What `plugin.json` holds beside the manifest.
  private struct Description: Decodable {
    let executable: String?
    let `protocol`: Int?
    let example: JSONValue?
  }

  private static let longestDescription = 1 << 20

  /// Reads and checks a plugin's directory.
  ///
  /// - Parameters:
  ///   - workspaces: directories from which nothing is ever loaded.
  ///   - sha256: the digest that the executable must have; `nil` is any.
  /// - Throws: ``PluginRegistryError``
  init(directory: String, workspaces: [String], sha256: String?) throws(PluginRegistryError) {
    self.directory = directory
    try PluginTrust.check(directory: directory, workspaces: workspaces)
    let tree = try PluginTrust.open(directory)
    let bytes = try PluginTrust.read("plugin.json", in: tree.number, of: directory, limit: Self.longestDescription)
    do {
      manifest = try JSONDecoder().decode(PluginManifest.self, from: Data(bytes))
      let description = try JSONDecoder().decode(Description.self, from: Data(bytes))
      executable = description.executable ?? "plugin"
      if let version = description.protocol, version != PluginProtocol.version {
        throw PluginError(.communication, "it speaks protocol \(version), this agent \(PluginProtocol.version)")
      }
      example = description.example
    } catch {
      throw PluginRegistryError(.manifest, "\(directory)/plugin.json cannot be used: \(Self.explain(error))")
    }
    if let mistake = manifest.mistakes.first {
      throw PluginRegistryError(.manifest, "\(directory)/plugin.json cannot be used: \(mistake)")
    }
    if manifest.host {
      throw PluginRegistryError(
        .manifest, "\(directory)/plugin.json asks for host, which only plugins of the agent itself can have")
    }
    digest = try PluginTrust.digest(of: executable, in: tree.number, of: directory)
    if let sha256, digest != sha256.lowercased() {
      throw PluginRegistryError(
        .untrusted, "\(directory)/\(executable) has the SHA-256 \(digest), but agent.conf pins \(sha256.lowercased())")
    }
  }

  private static func explain(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context): "\(path(context.codingPath))'\(key.stringValue)' is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context):
      "\(path(context.codingPath))\(context.debugDescription)"
    default: "\(error)"
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.isEmpty ? "" : keys.map(\.stringValue).joined(separator: ".") + ": "
  }
}
