internal import JourneymanActionKit
public import JourneymanBuildspec

/// Checks the actions of a buildspec against the plugins there are, before anything runs.
public enum ActionCheck {
  /// An action that can run.
  public struct Prepared: Sendable {
    /// What the buildspec says.
    public let entry: Buildspec.ActionEntry
    /// Who carries it out.
    public let plugin: RegisteredPlugin
    /// Carries it out.
    public let run: RegisteredPlugin.Run
  }

  /// Prepares all actions.
  ///
  /// - Returns: the actions in the file's order, and what is wrong with the others.
  public static func prepare(
    _ entries: [Buildspec.ActionEntry], plugins: PluginCatalog, file: String
  ) -> (actions: [Prepared], problems: [BuildspecProblem]) {
    var actions: [Prepared] = []
    var problems: [BuildspecProblem] = []
    for entry in entries {
      func note(_ message: String, _ mark: YAMLMark) {
        problems.append(BuildspecProblem(.error, .yamlFileError, message, file: file, mark: mark))
      }
      do {
        let plugin = try plugins.plugin(named: entry.plugin)
        if !entry.secrets.isEmpty && !plugin.manifest.secrets {
          note(
            "action '\(entry.name)': secrets: the plugin '\(entry.plugin)' takes no secrets (line \(entry.mark.line))",
            entry.mark)
        }
        actions.append(Prepared(entry: entry, plugin: plugin, run: try plugin.prepare(entry)))
      } catch let error as ActionConfigurationError {
        for (sentence, problem) in zip(error.sentences, error.problems) { note(sentence, problem.mark) }
      } catch {
        note("action '\(entry.name)': uses: \(error) (line \(entry.mark.line))", entry.mark)
      }
    }
    return (actions, problems)
  }
}
