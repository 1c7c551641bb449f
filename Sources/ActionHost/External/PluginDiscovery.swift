internal import Foundation
internal import JourneymanActionKit
internal import JourneymanSupport

/// Finds external plugins: each directory on the path that holds a `plugin.json`.
struct PluginDiscovery {
  /// What was found under a name.
  enum Found {
    case plugin(RegisteredPlugin)
    case refused(name: String, PluginRegistryError)
  }

  let settings: PluginSettings
  /// Directories from which nothing is ever loaded.
  let workspaces: [String]

  private static let mostPlugins = 1_000

  /// - Returns: what the paths hold, in their order; the first plugin of a name wins over later ones.
  func run() -> [Found] {
    var found: [Found] = []
    var names: Set<String> = []
    for path in settings.path {
      guard let directory = try? FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY),
        let entries = try? FileSystem.rawEntries(of: directory.number, shown: path)
      else { continue }
      let candidates = entries.compactMap { String(validating: $0.name, as: UTF8.self) }
      for name in candidates.sorted().prefix(Self.mostPlugins) where !name.hasPrefix(".") && !names.contains(name) {
        let place = path + "/" + name
        var status = stat()
        if stat(place + "/plugin.json", &status) != 0 { continue }
        names.insert(name)
        do throws(PluginRegistryError) {
          let grant = settings.grants.first { $0.name == name }
          let plugin = try ExternalPluginFiles(directory: place, workspaces: workspaces, sha256: grant?.sha256)
          if plugin.manifest.name != name {
            throw PluginRegistryError(
              .manifest, "\(place)/plugin.json names the plugin '\(plugin.manifest.name)', its directory '\(name)'")
          }
          found.append(.plugin(RegisteredPlugin(plugin)))
        } catch {
          found.append(.refused(name: name, error))
        }
      }
    }
    return found
  }
}
