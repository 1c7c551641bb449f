import Foundation
import JourneymanBuildModel
import JourneymanSupport
import Synchronization

/// Has the questions decided that actions of one build ask: by the command that agent.conf names for the plugin, else by
/// whoever sits at the terminal or writes the decision file. Who does not answer in time has refused.
final class DecisionDesk: Sendable {
  private let outputDirectory: String
  private let plugins: PluginSettings
  private let environment: [String: String]
  private let asksTerminal: Bool
  private let isClosed = Mutex(false)

  /// - Parameters:
  ///   - outputDirectory: the build's, which gets the decision files; a sandboxed build cannot see it.
  ///   - environment: what decision commands get.
  ///   - asksTerminal: whether somebody may be asked on standard input.
  init(outputDirectory: String, plugins: PluginSettings, environment: [String: String], asksTerminal: Bool) {
    self.outputDirectory = outputDirectory
    self.plugins = plugins
    self.environment = environment
    self.asksTerminal = asksTerminal
  }

  /// Lets everybody go who still waits: the build is over.
  func close() { isClosed.withLock { $0 = true } }

  /// Waits for a decision.
  ///
  /// - Parameter say: tells people what is asked and how to answer.
  func decide(_ question: BuildQuestion, say: @Sendable (String) -> Void) async -> BuildDecision {
    if let command = plugins.grants.first(where: { $0.name == question.plugin })?.decision {
      return await DecisionCommand(command: command, environment: environment).decide(question)
    }
    let name = question.action.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    let file = DecisionFile(path: outputDirectory + "/decisions/" + String(name.prefix(100)))
    do {
      try FileSystem.makeDirectories(outputDirectory + "/decisions", mode: 0o700)
    } catch {
      return BuildDecision(isApproved: false, by: "nobody", comment: "\(error)")
    }
    say("\(question.action): \(question.text)")
    let asksTerminal = asksTerminal && isatty(STDIN_FILENO) == 1
    say(
      (asksTerminal ? "Type yes or no, or write" : "Write")
        + " 'approve' or 'refuse' and a comment into \(file.path) within "
        + Duration.seconds(question.timeoutSeconds).humanReadable)
    let deadline = ContinuousClock.now + .seconds(question.timeoutSeconds)
    let decision = try? await runBlocking { [self] () -> BuildDecision? in
      var line = TerminalLine()
      while ContinuousClock.now < deadline && !isClosed.withLock({ $0 }) {
        if let decision = file.decision() { return decision }
        if !asksTerminal {
          usleep(Self.pause)
        } else if let text = line.next(waiting: Self.pause), let isApproved = TerminalLine.answer(text) {
          return BuildDecision(isApproved: isApproved, by: "\(StandardPaths.userName()) at the terminal")
        }
      }
      return nil
    }
    return decision.flatMap { $0 }
      ?? BuildDecision(
        isApproved: false, by: "nobody",
        comment: "nobody decided within \(Duration.seconds(question.timeoutSeconds).humanReadable)")
  }

  /// Between two looks at the decision file, in microseconds.
  private static let pause: UInt32 = 200_000
}

/// Lines that somebody types, read without waiting for longer than asked.
struct TerminalLine {
  private var typed: [UInt8] = []
  private var isOver = false

  /// What was typed, once there is a whole line.
  mutating func next(waiting microseconds: UInt32) -> String? {
    if isOver {
      usleep(microseconds)
      return nil
    }
    var source = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    if poll(&source, 1, Int32(microseconds / 1000)) <= 0 { return nil }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = read(STDIN_FILENO, &bytes, bytes.count)
    if count <= 0 {
      isOver = true
      return nil
    }
    typed += bytes[..<count]
    guard let end = typed.firstIndex(of: UInt8(ascii: "\n")) else {
      if typed.count > 4096 { typed = [] }
      return nil
    }
    defer { typed.removeSubrange(...end) }
    return String(decoding: typed[..<end], as: UTF8.self)
  }

  /// What a line says; `nil` when it is neither yes nor no.
  static func answer(_ line: String) -> Bool? {
    switch line.trimmed.lowercased() {
    case "y", "yes", "approve": true
    case "n", "no", "refuse": false
    default: nil
    }
  }
}
