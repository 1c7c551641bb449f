internal import JourneymanActionKit
public import JourneymanBuildspec

/// The configuration of one action, checked against its plugin's schema.
struct CheckedConfiguration {
  /// The action's name.
  let action: String
  /// What stands under `with:`, or an empty mapping at the place of the action.
  let node: YAMLNode
  /// What it says.
  let schema: ConfigurationSchema

  /// - Throws: ``ActionConfigurationError`` with every mistake.
  init(_ entry: Buildspec.ActionEntry, schema: ConfigurationSchema) throws(ActionConfigurationError) {
    action = entry.name
    node =
      entry.configuration.flatMap { $0.isNull ? nil : $0 } ?? YAMLNode(.mapping([]), mark: entry.mark)
    self.schema = schema
    var check = SchemaCheck()
    check.object(node, schema.keys, path: "with")
    if !check.problems.isEmpty { throw ActionConfigurationError(action: action, check.problems) }
  }

  /// Decodes the plugin's own type and makes the plugin.
  func plugin<Plugin: ActionPlugin>(_ type: Plugin.Type) throws(ActionConfigurationError) -> Plugin {
    do {
      let value: Plugin.Configuration = try YAMLDecoder(allowsUnknownKeys: true).decode(from: node, path: "with")
      return try Plugin(configuration: value)
    } catch let error as YAMLDecodingError {
      throw ActionConfigurationError(
        action: action, error.problems.map { .init(path: $0.path, message: $0.message, mark: $0.mark) })
    } catch let error as PluginConfigurationError {
      throw ActionConfigurationError(action: action, [problem(error)])
    } catch {
      throw ActionConfigurationError(action: action, [.init(path: "with", message: "\(error)", mark: node.mark)])
    }
  }

  /// Finds the line of a mistake that a plugin names by its path.
  private func problem(_ error: PluginConfigurationError) -> ActionConfigurationError.Problem {
    var place = node
    var path = "with"
    for key in error.path {
      if let items = place.items, let index = Int(key) {
        path += "[\(key)]"
        if items.indices.contains(index) { place = items[index] }
      } else {
        path += ".\(key)"
        if let next = place[key] { place = next }
      }
    }
    return .init(path: path, message: error.message, mark: place.mark)
  }
}

/// A configuration of an action that does not fit.
public struct ActionConfigurationError: Error, Sendable, CustomStringConvertible {
  /// One thing that does not fit.
  public struct Problem: Sendable, Equatable {
    /// The keys that lead to it, such as `with.hosts[0].port`.
    public let path: String
    /// What is wrong.
    public let message: String
    /// Where it stands.
    public let mark: YAMLMark

    /// Describes it.
    public init(path: String, message: String, mark: YAMLMark) {
      self.path = path
      self.message = message
      self.mark = mark
    }
  }

  /// The action's name.
  public let action: String
  /// What does not fit, in the file's order; never empty.
  public let problems: [Problem]

  /// Collects what does not fit.
  init(action: String, _ problems: [Problem]) {
    self.action = action
    self.problems = problems.sorted { ($0.mark.line, $0.mark.column) < ($1.mark.line, $1.mark.column) }
  }

  /// A sentence for each problem, with action, key path and line.
  public var sentences: [String] {
    problems.map { "action '\(action)': \($0.path): \($0.message) (line \($0.mark.line))" }
  }

  /// The sentences, one on each line.
  public var description: String { sentences.joined(separator: "\n") }
}
