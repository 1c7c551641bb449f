import Foundation
import JourneymanActionKit
import Synchronization

/// What a script prints, read from two named pipes while it runs: each line goes to the scripts' log with its time and
/// stream, and to the build's log. The last bytes are kept for the diagnostics.
final class HookOutput: Sendable {
  /// As many bytes as CodeDeploy keeps for its diagnostics.
  static let tailBytes = 2048
  /// The longest line, and the most bytes of one script, in the log; the rest is read and dropped.
  static let longestLine = 16_384
  static let mostBytes = 16 << 20

  private struct State {
    var hasEnded = false
    var isStopped = false
    var isDrained = false
    var tail: [UInt8] = []
  }

  private let state = Mutex(State())
  private let pipes: [(name: String, file: FileHandle)]
  private let write: @Sendable (String) -> Void

  /// Opens the pipes, which exist.
  ///
  /// - Parameter write: receives a line such as `[stdout]Started`.
  init(output: String, errors: String, write: @escaping @Sendable (String) -> Void) throws(PluginError) {
    self.write = write
    var pipes: [(String, FileHandle)] = []
    for (name, path) in [("stdout", output), ("stderr", errors)] {
      let number = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
      if number < 0 { throw PluginError(.file, "cannot open \(path): \(String(cString: strerror(errno)))") }
      pipes.append((name, FileHandle(fileDescriptor: number, closeOnDealloc: true)))
    }
    self.pipes = pipes
  }

  /// The script's own process has ended; what it printed may still be on its way.
  func scriptHasEnded() { state.withLock { $0.hasEnded = true } }
  /// Nothing more is waited for.
  func stop() { state.withLock { $0.isStopped = true } }
  /// Whether everybody has closed both pipes after the script's end.
  var isDrained: Bool { state.withLock { $0.isDrained } }
  /// The last bytes of what was printed.
  var tail: String { state.withLock { String(decoding: $0.tail, as: UTF8.self) } }

  /// Reads until everything is read, or it is stopped. Blocks.
  func read() {
    var lines = pipes.map { LineCutter(prefix: "[\($0.name)]") }
    var open = Set(pipes.indices)
    var written = 0
    while !state.withLock({ $0.isStopped }) {
      let hasEnded = state.withLock { $0.hasEnded }
      if open.isEmpty && hasEnded { break }
      let order = open.sorted()
      var sources = order.map { pollfd(fd: pipes[$0].file.fileDescriptor, events: Int16(POLLIN), revents: 0) }
      _ = poll(&sources, nfds_t(sources.count), 20)
      // A pipe that nobody has opened yet reads as ended: until the script has ended, only what is there is read.
      for (index, source) in zip(order, sources) where source.revents != 0 || hasEnded {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = Foundation.read(source.fd, &buffer, buffer.count)
        if count < 0 && (errno == EAGAIN || errno == EINTR) { continue }
        if count <= 0 {
          open.remove(index)
          continue
        }
        keep(buffer[..<count])
        for line in lines[index].add(buffer[..<count]) { emit(line, &written) }
      }
    }
    for index in lines.indices { if let line = lines[index].finish() { emit(line, &written) } }
    state.withLock { $0.isDrained = open.isEmpty }
  }

  private func keep(_ bytes: ArraySlice<UInt8>) {
    state.withLock { state in
      state.tail += bytes
      if state.tail.count > Self.tailBytes { state.tail.removeFirst(state.tail.count - Self.tailBytes) }
    }
  }

  private func emit(_ line: String, _ written: inout Int) {
    if written > Self.mostBytes { return }
    written += line.utf8.count
    write(written > Self.mostBytes ? "[the rest of what the script prints is left out]" : line)
  }
}

/// Cuts bytes into lines.
private struct LineCutter {
  let prefix: String
  private var rest: [UInt8] = []

  init(prefix: String) { self.prefix = prefix }

  mutating func add(_ bytes: ArraySlice<UInt8>) -> [String] {
    rest += bytes
    var lines: [String] = []
    var start = 0
    while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(prefix + String(decoding: rest[start..<min(end, start + HookOutput.longestLine)], as: UTF8.self))
      start = end + 1
    }
    rest.removeFirst(start)
    if rest.count > HookOutput.longestLine {
      lines.append(prefix + String(decoding: rest, as: UTF8.self))
      rest = []
    }
    return lines
  }

  mutating func finish() -> String? {
    defer { rest = [] }
    return rest.isEmpty ? nil : prefix + String(decoding: rest, as: UTF8.self)
  }
}
