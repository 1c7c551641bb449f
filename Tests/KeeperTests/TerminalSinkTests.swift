import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanKeeper

@Suite(.takingTurns) struct TerminalSinkTests {
  private let directory: LogDirectory
  private let time = Timestamp(microseconds: 1_795_219_764_123_999)

  init() throws { directory = try LogDirectory() }

  /// What a small build shows: a phase without commands, one that succeeds, one that fails.
  private func show(_ style: TerminalStyle, isQuiet: Bool = false) throws -> String {
    let file = try FileSystem.open(directory.path + "/out", flags: O_WRONLY | O_CREAT | O_TRUNC)
    let sink = TerminalSink(
      descriptor: file.number, outputDirectory: "/out", isQuiet: isQuiet, style: style, now: { time })
    let log = BuildLog(file: nil, sinks: [sink], now: { time })
    func phase(_ name: BuildPhase, _ status: PhaseStatus, _ message: String? = nil) {
      let context = message.map { [PhaseContext(statusCode: "COMMAND_EXECUTION_ERROR", message: $0)] } ?? []
      log.emit(
        .phaseFinished(
          PhaseResult(name: name, status: status, startedAt: time, durationSeconds: 2.06, context: context)))
    }
    log.emit(.phaseStarted(.install))
    phase(.install, .succeeded)
    log.emit(.phaseStarted(.preBuild))
    log.emit(.commandStarted(.preBuild, text: "echo \u{1B}]0;x\u{7}hi"))
    log.output("\u{1B}[2J\u{1B}[32mhi\u{1B}[0m")
    log.emit(.commandFinished(.preBuild, text: "echo hi", exitCode: 0, durationSeconds: 0.1))
    phase(.preBuild, .succeeded)
    log.emit(.phaseStarted(.build))
    log.emit(.commandStarted(.build, text: "make"))
    log.output("no rule\n")
    log.tick()
    log.emit(.commandFinished(.build, text: "make", exitCode: 2, durationSeconds: 75))
    phase(.build, .failed, "exit status 2")
    log.emit(.message(.warning, "careful"))
    log.emit(
      .artifact(ArtifactResult(identifier: "app", file: "artifacts/app.zip", bytes: 12, sha256: nil, sealed: true)))
    log.emit(.buildFinished(.failed, durationSeconds: 4000))
    log.close()
    return try directory.read("out")
  }

  @Test func showsABuildInAPipe() throws {
    #expect(
      try show(.plain) == """
        ==> PRE_BUILD
        $ echo ]0;xhi
        \u{1B}[2J\u{1B}[32mhi\u{1B}[0m
            PRE_BUILD succeeded after 2.1s
        ==> BUILD
        $ make
        no rule
        Command failed with exit status 2 after 1m15s
        BUILD failed after 2.1s
            COMMAND_EXECUTION_ERROR: exit status 2
        warning: careful
        Artifact app: artifacts/app.zip (12 bytes, sealed)
        Build failed after 1h6m; everything is in /out

        """)
  }

  @Test func showsProblemsAndTheLastLineWhenQuiet() throws {
    #expect(
      try show(.plain, isQuiet: true) == """
        Command failed with exit status 2 after 1m15s: make
        BUILD failed after 2.1s
            COMMAND_EXECUTION_ERROR: exit status 2
        warning: careful
        Build failed after 1h6m; everything is in /out

        """)
  }

  @Test func showsProgressAndHarmlessColoursOnATerminal() throws {
    let shown = try show(TerminalStyle(isTerminal: true, usesColours: true))
    #expect(shown.contains("\u{1B}[32mhi\u{1B}[0m"))
    #expect(!shown.contains("\u{1B}[2J") && !shown.contains("\u{1B}]"))
    #expect(shown.contains("BUILD: make"))
    #expect(shown.contains("\u{1B}[1m==> BUILD\u{1B}[0m\n"))
    // The progress line is gone in the end.
    #expect(shown.hasSuffix("everything is in /out\u{1B}[0m\n"))
  }

  @Test func usesNoColoursWithoutLeave() throws {
    let shown = try show(TerminalStyle(isTerminal: true, usesColours: false))
    #expect(!shown.contains("\u{1B}[3") && !shown.contains("\u{1B}[1m") && !shown.contains("\u{1B}[0m"))
  }

  @Test func knowsAPipeFromATerminal() throws {
    var pipe = try JourneymanSupport.Pipe()
    let style = TerminalStyle(of: pipe.writeEnd?.number ?? -1, environment: ["TERM": "xterm"])
    pipe.writeEnd = nil
    #expect(!style.isTerminal && !style.usesColours)
  }

  @Test func usesNoColoursOnATerminalThatForbidsThem() throws {
    let other = try FileSystem.open("/dev/ptmx", flags: O_RDWR | O_NOCTTY)
    #expect(TerminalStyle(of: other.number, environment: ["TERM": "xterm"]).usesColours)
    #expect(!TerminalStyle(of: other.number, environment: ["TERM": "xterm", "NO_COLOR": "1"]).usesColours)
    #expect(TerminalStyle(of: other.number, environment: ["TERM": "xterm", "NO_COLOR": "1"]).isTerminal)
    #expect(!TerminalStyle(of: other.number, environment: ["TERM": "dumb"]).isTerminal)
  }
}
