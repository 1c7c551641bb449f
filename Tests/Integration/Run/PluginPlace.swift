import Foundation
import JourneymanSupport
import TestSupport

extension BuildPlace {
  /// Copies plugins of `Tests/Fixtures/plugins` as somebody installs them: writable by their owner alone.
  func install(_ names: String...) throws {
    for name in names {
      let source = StoreServer.fixtures + "/plugins/" + name
      for file in try FileManager.default.contentsOfDirectory(atPath: source) {
        let text = String(decoding: try FileSystem.read(source + "/" + file, limit: 1 << 20), as: UTF8.self)
        try write(text, to: "plugins/\(name)/\(file)", mode: file == "plugin.json" ? 0o644 : 0o755)
        chmod(path + "/plugins/\(name)", 0o755)
      }
    }
    chmod(path + "/plugins", 0o755)
  }

  /// The section of agent.conf that leads to them.
  var pluginsSection: String { "[plugins]\n  path = \(path)/plugins\n" }

  /// Runs `journeyman` with this place's directories as the user's.
  func journeyman(
    _ arguments: [String], directory: String? = nil, environment: [String: String] = [:]
  ) async throws -> TestProgram.Outcome {
    var variables = StandardPaths.processEnvironment
    for (name, folder) in ["XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"] {
      variables[name] = path + "/" + folder
    }
    variables.merge(environment) { $1 }
    return try await TestProgram.run(
      try TestProgram.products + "/journeyman", arguments, environment: variables, directory: directory ?? path,
      timeout: .seconds(300))
  }
}
