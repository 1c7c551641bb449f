internal import Foundation
internal import JourneymanActionKit
internal import JourneymanBuildspec
public import JourneymanSandbox
internal import JourneymanSupport

/// The rules that every external plugin has to follow, checked one by one against a real process.
public struct PluginConformance: Sendable {
  /// What became of one rule.
  public struct Finding: Sendable, Codable, Equatable {
    /// The rule, a sentence.
    public let rule: String
    /// Whether the plugin follows it.
    public let isMet: Bool
    /// What happened instead; empty when it is met.
    public let detail: String
  }

  /// The rules, in the order in which they are checked.
  public static let rules = [
    "plugin.json and the executable can be used and trusted",
    "it answers 'describe' with the manifest of plugin.json, and passes over fields it does not know",
    "it ends when its input ends",
    "it carries an action out with the example of plugin.json and gives one result",
    "it gives only outputs that its manifest names",
    "it ends within ten seconds when the action is cancelled",
    "it refuses a version of the protocol that it does not speak",
  ]

  private let directory: String
  private let mode: SandboxPolicy.Mode
  private static let patience = Duration.seconds(10)

  /// Prepares to check a plugin.
  ///
  /// - Parameters:
  ///   - directory: the plugin's directory, absolute.
  ///   - mode: how its processes are isolated.
  public init(directory: String, mode: SandboxPolicy.Mode = .strict) {
    self.directory = directory
    self.mode = mode
  }

  /// Checks every rule.
  ///
  /// - Returns: a finding for each; after the first that is not met by the files themselves there are no others.
  /// - Throws: `SandboxError` or `SystemError` when the machine cannot do what is needed.
  public func run() async throws -> [Finding] {
    let files: ExternalPluginFiles
    do {
      files = try ExternalPluginFiles(directory: directory, workspaces: [], sha256: nil)
    } catch {
      return [finding(0, "\(error)")]
    }
    var findings = [finding(0, nil)]
    findings.append(finding(1, try await describes(files)))
    findings.append(finding(2, try await endsWithItsInput(files)))
    let (ran, outputs) = try await carriesOut(files)
    findings.append(finding(3, ran))
    findings.append(finding(4, outputs))
    findings.append(finding(5, try await endsWhenCancelled(files)))
    findings.append(finding(6, try await refusesOtherVersions(files)))
    return findings
  }

  private func finding(_ rule: Int, _ mistake: String?) -> Finding {
    Finding(rule: Self.rules[rule], isMet: mistake == nil, detail: mistake ?? "")
  }

  private func describes(_ files: ExternalPluginFiles) async throws -> String? {
    let question = #"{"type":"describe","protocol":1,"unknown":{"to":["this","version"]}}"#
    let said = try await CheckedGuest(files, mode).answer(question + "\n", within: Self.patience)
    guard let line = said.lines.first else { return said.reason ?? "it said nothing" }
    do {
      guard case .manifest(let manifest) = try MessageReader.parse(PluginMessage.self, line) else {
        return "it answered with another message than 'manifest'"
      }
      return manifest == files.manifest ? nil : "the manifest it gives differs from that of plugin.json"
    } catch {
      return "\(error)"
    }
  }

  private func endsWithItsInput(_ files: ExternalPluginFiles) async throws -> String? {
    let said = try await CheckedGuest(files, mode).answer("", within: Self.patience)
    return said.hasEnded ? nil : "it was still running ten seconds after"
  }

  private func refusesOtherVersions(_ files: ExternalPluginFiles) async throws -> String? {
    let guest = CheckedGuest(files, mode)
    let order = try guest.order(version: 99)
    let said = try await guest.answer(order + "\n", within: Self.patience)
    let results = said.lines.compactMap { line -> ActionOutcome.Status? in
      guard case .result(let status, _)? = try? MessageReader.parse(PluginMessage.self, line) else { return nil }
      return status
    }
    if results.contains(.succeeded) { return "it went on with version 99 as if it knew it" }
    return results.isEmpty && said.exitCode == 0 ? "it ended with status 0 and without a failed result" : nil
  }

  private func carriesOut(_ files: ExternalPluginFiles) async throws -> (ran: String?, outputs: String?) {
    if let missing = missingExample(files) { return (missing, missing) }
    let outcome: ActionOutcome
    let lines = ConformanceEars()
    do {
      outcome = try await CheckedGuest(files, mode).run(lines, limit: .seconds(60))
    } catch {
      return ("\(error)", nil)
    }
    if let line = lines.all.first(where: { $0.contains("after its result") }) { return (line, nil) }
    let known = Set(files.manifest.outputs.map(\.name))
    let unknown = outcome.outputs.keys.filter { !known.contains($0) }.sorted()
    return (nil, unknown.isEmpty ? nil : "the manifest does not name: " + unknown.joined(separator: ", "))
  }

  private func endsWhenCancelled(_ files: ExternalPluginFiles) async throws -> String? {
    if let missing = missingExample(files) { return missing }
    let guest = CheckedGuest(files, mode)
    let order = try guest.order(version: PluginProtocol.version)
    let cancel = #"{"type":"cancel","reason":"stopped"}"#
    let said = try await guest.answer(order + "\n" + cancel + "\n", within: Self.patience)
    return said.hasEnded ? nil : "it was still running ten seconds after"
  }

  private func missingExample(_ files: ExternalPluginFiles) -> String? {
    let needed = files.manifest.configuration.keys.filter(\.isRequired).map(\.name)
    if needed.isEmpty || files.example != nil { return nil }
    return "plugin.json needs \"example\", a configuration to check it with: it has the required key \(needed[0])"
  }
}
