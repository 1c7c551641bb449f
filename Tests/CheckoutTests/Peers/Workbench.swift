import Foundation
import JourneymanCheckout
import JourneymanSupport
import Synchronization
import TestSupport

/// What most tests need: a directory, a repository with a few commits, and mirrors of their own.
struct Workbench {
  let scratch: Scratch
  let source: Git
  var options: CheckoutOptions

  /// - Parameter files: of the first commit.
  init(_ files: [String: String] = ["file.txt": "one\n", "src/a.txt": "a\n", "src/deep/b.txt": "b\n"]) async throws {
    scratch = try Scratch()
    source = try await Git.create(scratch("source"))
    for (name, text) in files { try source.write(text, to: name) }
    try await source.commit("first")
    options = CheckoutOptions(mirrors: scratch("mirrors"))
  }

  /// Checks out into the directory `name`, keeping what is right in it.
  @discardableResult
  func checkOut(
    _ reference: String? = nil, into name: String = "workspace", from url: String? = nil,
    existing: CheckoutRequest.ExistingDirectory = .reuse, credentials: CheckoutCredentials = CheckoutCredentials(),
    progress: @escaping @Sendable (CheckoutEvent) -> Void = { _ in }
  ) async throws -> CheckedOutRevision {
    try await Checkout(options).checkOut(
      CheckoutRequest(url: url ?? source.directory, reference: reference, existing: existing),
      into: scratch(name), credentials: credentials, progress: progress)
  }

  func text(_ name: String, in directory: String = "workspace") throws -> String {
    try String(contentsOfFile: scratch("\(directory)/\(name)"), encoding: .utf8)
  }

  /// Every file of the first mirror's newest generation.
  var packDirectory: String {
    get throws {
      let mirrors = scratch("mirrors")
      let name = try FileManager.default.contentsOfDirectory(atPath: mirrors).filter { $0 != "workspaces" }.sorted()[0]
      let generations = try FileManager.default.contentsOfDirectory(atPath: "\(mirrors)/\(name)")
        .filter { $0.hasSuffix(".git") }.compactMap { Int($0.dropLast(4)) }
      return "\(mirrors)/\(name)/\(generations.max() ?? 0).git/objects/pack"
    }
  }
}

/// Collects a checkout's events.
final class EventLog: Sendable {
  private let events = Mutex<[CheckoutEvent]>([])

  @Sendable func add(_ event: CheckoutEvent) { events.withLock { $0.append(event) } }

  var stages: [CheckoutStage] {
    events.withLock { $0.compactMap { if case .stage(let stage, _) = $0 { stage } else { nil } } }
  }

  var warnings: [String] {
    events.withLock { $0.compactMap { if case .warning(let text) = $0 { text } else { nil } } }
  }

  var received: CheckoutProgress? { progress(.receive).last }

  func progress(_ stage: CheckoutStage) -> [CheckoutProgress] {
    events.withLock { events in
      events.compactMap { if case .progress(let figures) = $0, figures.stage == stage { figures } else { nil } }
    }
  }

  var serverMessages: [String] {
    events.withLock { $0.compactMap { if case .serverMessage(let text) = $0 { text } else { nil } } }
  }
}

/// Runs something that must fail, and gives its error.
func checkoutError(_ work: () async throws -> some Any) async -> CheckoutError? {
  do {
    _ = try await work()
    return nil
  } catch {
    return error as? CheckoutError
  }
}
