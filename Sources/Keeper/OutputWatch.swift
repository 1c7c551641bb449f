internal import CLinux
import JourneymanBuildModel
import JourneymanSupport

/// What the keeper alone can tell about limits, because it alone reads what commands print: how much it is, and whether a
/// command that failed says that it had too many files open, which the kernel tells the command and nobody else.
struct OutputWatch {
  private let most: Int64?
  private let openFiles: Int64?
  private var taken: Int64 = 0
  private var exceeded: String?
  /// The end of the bytes seen so far, where a phrase may have begun.
  private var tail: [UInt8] = []
  private var speaksOfOpenFiles = false
  private var failed: Set<BuildPhase> = []

  /// What EMFILE is called, without the first letter, which some programs write small.
  private static let phrase = Array("oo many open files".utf8)

  init(_ settings: SandboxSettings) {
    most = settings.output
    openFiles = settings.openFiles
  }

  /// Takes note of bytes that were read.
  ///
  /// - Returns: a sentence about the limit of output, the first time it is exceeded.
  mutating func take(_ bytes: UnsafeRawBufferPointer) -> String? {
    if openFiles != nil && !speaksOfOpenFiles { search(bytes) }
    taken += Int64(bytes.count)
    guard let most, taken > most, exceeded == nil else { return nil }
    exceeded = "the output limit of \(most) bytes was exceeded"
    return exceeded
  }

  private mutating func search(_ bytes: UnsafeRawBufferPointer) {
    let overlap = tail + bytes.prefix(Self.phrase.count - 1)
    speaksOfOpenFiles = Self.contains(overlap) || bytes.withMemoryRebound(to: UInt8.self) { Self.contains($0) }
    tail = Array((tail + bytes.suffix(Self.phrase.count - 1)).suffix(Self.phrase.count - 1))
  }

  private static func contains(_ bytes: some Collection<UInt8>) -> Bool {
    let found: Bool? = bytes.withContiguousStorageIfAvailable { haystack in
      journeyman_contains(haystack.baseAddress, haystack.count, phrase, phrase.count)
    }
    return found ?? false
  }

  /// An event with what is known here.
  mutating func completed(_ kind: BuildEvent.Kind) -> BuildEvent.Kind {
    switch kind {
    case .commandStarted: speaksOfOpenFiles = false
    case .commandFinished(let phase, _, let exitCode, _): if exitCode != 0 && speaksOfOpenFiles { failed.insert(phase) }
    case .phaseFinished(let result): return .phaseFinished(completed(result))
    default: break
    }
    return kind
  }

  private func completed(_ result: PhaseResult) -> PhaseResult {
    guard let openFiles, failed.contains(result.name), result.status == .failed, !result.context.isEmpty else {
      return result
    }
    var result = result
    result.context[0].message += "; the command says that it had too many open files, and the limit is \(openFiles)"
    return result
  }

  /// The result with what is known here. A build whose last command ended before the worker heard of a limit has not
  /// succeeded either.
  func completed(_ result: BuildResult) -> BuildResult {
    var result = result
    result.phases = result.phases.map { completed($0) }
    guard let exceeded, result.status == .succeeded else { return result }
    result.status = .failed
    if let index = result.phases.lastIndex(where: { $0.name != .finalizing }) {
      result.phases[index].status = .failed
      result.phases[index].context.append(PhaseContext(statusCode: "COMMAND_EXECUTION_ERROR", message: exceeded))
    }
    return result
  }
}
