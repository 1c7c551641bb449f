import JourneymanAgent
import JourneymanSupport
import Synchronization
import TestSupport
import Testing

@Suite(.takingTurns) struct AgentTests {
  /// Counts how often it was asked to serve.
  final class CountingController: Controller {
    let name: String
    let served = Mutex(0)
    init(_ name: String) { self.name = name }
    func serve(_ host: any AgentHost) async throws {
      served.withLock { $0 += host.settings.controllers.count }
    }
  }

  @Test func refusesToServeNothing() {
    #expect(throws: AgentError.self) { try Agent(Settings(), kinds: [:]) }
  }

  @Test func namesTheControllerWhoseKindItDoesNotKnow() throws {
    var settings = Settings()
    settings.controllers = [ControllerSettings(name: "ci", kind: .jenkins, url: "https://ci.example")]
    let error = #expect(throws: AgentError.self) { try Agent(settings, kinds: [:]) }
    #expect(error?.message.contains("'ci'") == true && error?.message.contains("jenkins") == true)
  }

  @Test func servesEveryControllerWithTheSettings() async throws {
    var settings = Settings()
    settings.controllers = ["a", "b"].map { ControllerSettings(name: $0, kind: .jenkins, url: "https://ci.example") }
    let (a, b) = (CountingController("a"), CountingController("b"))
    try await Agent(settings, kinds: [.jenkins: { $0.name == "a" ? a : b }]).serve()
    #expect(a.served.withLock { $0 } == 2 && b.served.withLock { $0 } == 2)
  }
}
