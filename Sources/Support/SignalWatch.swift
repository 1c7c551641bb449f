import Foundation

/// Signals of this process as a stream, in place of their default effect.
public enum SignalWatch {
  /// Catches signals from now on until the stream's consumer goes away.
  ///
  /// Children get the default effect back when the Sandbox module starts them.
  ///
  /// - Parameter numbers: such as `SIGINT` and `SIGTERM`.
  public static func stream(_ numbers: [Int32]) -> AsyncStream<Int32> {
    AsyncStream { continuation in
      let queue = DispatchQueue(label: "signals")
      let sources = numbers.map { number in
        // A dispatch source only observes: the default effect has to be switched off first.
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler { @Sendable in continuation.yield(number) }
        source.resume()
        return SourceHandle(source)
      }
      continuation.onTermination = { _ in for source in sources { source.cancel() } }
    }
  }

  /// A dispatch source may be cancelled from any thread (dispatch objects are thread-safe by contract).
  private struct SourceHandle: @unchecked Sendable {
    private let source: any DispatchSourceSignal

    init(_ source: any DispatchSourceSignal) { self.source = source }

    func cancel() { source.cancel() }
  }
}
