import Foundation
import Synchronization

/// A regular expression of a buildspec, which may take for ever: it is given a second.
enum BoundedPattern {
  /// Whether a pattern (ICU syntax, as the buildspec's reader checks it) is found in a text.
  ///
  /// A match that takes longer than a second counts as none; its thread ends with the worker process.
  static func isFound(_ pattern: String, in text: String) async -> Bool {
    await withCheckedContinuation { continuation in
      let box = AnswerBox(continuation)
      Thread.detachNewThread { @Sendable in
        let expression = try? NSRegularExpression(pattern: pattern)
        let range = NSRange(text.startIndex..., in: text)
        box.give(expression?.firstMatch(in: text, range: range) != nil)
      }
      Thread.detachNewThread { @Sendable in
        sleep(1)
        box.give(false)
      }
    }
  }

  /// The first answer counts.
  private final class AnswerBox: Sendable {
    private let waiting: Mutex<CheckedContinuation<Bool, Never>?>

    init(_ continuation: CheckedContinuation<Bool, Never>) { waiting = Mutex(continuation) }

    func give(_ answer: Bool) {
      let continuation = waiting.withLock { waiting in
        defer { waiting = nil }
        return waiting
      }
      continuation?.resume(returning: answer)
    }
  }
}
