import Foundation
import JourneymanActionKit
import JourneymanActionSupport

/// What a deployment changes on the machine, on disk before it is done, so that a process that is killed at any moment
/// leaves what is needed to undo it.
///
/// A text file, a JSON object a line. Steps are written in parts, each part complete on disk before its first step is
/// done; before each single step one line says that it begins. A last line without its end was never acted upon.
struct InstallJournal: Sendable {
  /// One change, with what undoes it.
  enum Step: Codable, Sendable, Equatable {
    /// A file, link or empty directory goes to `saved/<number of the step>`.
    case save(path: String)
    /// A directory is made.
    case makeDirectory(path: String)
    /// A file or link is put where nothing stands: of so many bytes, last changed at that second.
    case put(path: String, bytes: Int64, modified: Int64)
    /// An SELinux label is set.
    case label(DeployedState.Labelled)
    /// An SELinux label is taken away.
    case unlabel(DeployedState.Labelled)
  }

  private struct Line: Codable {
    var deployment: String?
    var step: Step?
    var begun: Int?
    var cleared: Bool?
  }

  /// What was read.
  struct Content: Sendable {
    var deployment: String
    var steps: [Step]
    /// The numbers of the steps that were begun.
    var begun: Set<Int>
    /// Whether everything that was made is gone again, so that what was taken away may be coming back.
    var isCleared = false
  }

  private let path: String
  private let file: FileHandle
  private(set) var count = 0

  /// Starts the journal of a deployment.
  ///
  /// - Throws: `PluginError`
  init(_ path: String, deployment: String) throws {
    try HostFiles.writeAtomically(try Self.bytes([Line(deployment: deployment)]), to: path, mode: 0o600)
    try self.init(continuing: path)
  }

  /// Goes on with the journal of a deployment.
  ///
  /// - Throws: `PluginError`
  init(continuing path: String) throws(PluginError) {
    self.path = path
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW)
    if descriptor < 0 { throw PluginError(.file, "cannot open \(path): \(String(cString: strerror(errno)))") }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Puts steps on disk.
  ///
  /// - Returns: the number of the first.
  /// - Throws: `PluginError`
  mutating func add(_ steps: [Step]) throws -> Int {
    let first = count
    try append(try Self.bytes(steps.map { Line(step: $0) }))
    if fsync(file.fileDescriptor) != 0 { throw failure }
    count += steps.count
    return first
  }

  /// Says that a step begins. A kill cannot lose the line; a power cut can, and undoing allows for that.
  func begin(_ number: Int) throws { try append(try Self.bytes([Line(begun: number)])) }

  /// Says that everything which was made is gone again. On disk when this returns.
  func clear() throws {
    // A last line that a power cut left without its end must not swallow this one.
    try append([UInt8(ascii: "\n")] + (try Self.bytes([Line(cleared: true)])))
    if fsync(file.fileDescriptor) != 0 { throw failure }
  }

  /// - Returns: `nil` when there is no journal.
  static func read(_ path: String) throws -> Content? {
    if !exists(path) { return nil }
    do {
      let lines = try Data(contentsOf: URL(fileURLWithPath: path)).split(
        separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      var content: Content?
      // What stands after the last newline is empty, or was never acted upon.
      for (number, text) in lines.dropLast().enumerated() where !text.isEmpty {
        // So was a line that a power cut left without its end, before an empty one.
        let isTorn = number + 2 < lines.count && lines[number + 1].isEmpty
        guard let line = try? JSONDecoder().decode(Line.self, from: text) else {
          if isTorn { continue }
          throw PluginError(.file, "line \(number + 1) is damaged")
        }
        if let deployment = line.deployment { content = Content(deployment: deployment, steps: [], begun: []) }
        if let step = line.step { content?.steps.append(step) }
        if let begun = line.begun { content?.begun.insert(begun) }
        if line.cleared == true { content?.isCleared = true }
      }
      guard let content, DeploymentID.isValid(content.deployment) else {
        throw PluginError(.file, "it does not say whose it is")
      }
      return content
    } catch {
      throw PluginError(
        .file,
        "the journal \(path) of a deployment that did not end cannot be read: \(error); look into its "
          + "directory's 'saved' for what was taken away, and move the journal away", underlying: error)
    }
  }

  private func append(_ bytes: [UInt8]) throws(PluginError) {
    var start = 0
    while start < bytes.count {
      let count = bytes[start...].withUnsafeBytes { write(file.fileDescriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno != EINTR { throw failure }
      start += max(0, count)
    }
  }

  private var failure: PluginError {
    PluginError(.file, "cannot write \(path): \(String(cString: strerror(errno)))")
  }

  private static func bytes(_ lines: [Line]) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try lines.flatMap { Array(try encoder.encode($0)) + [UInt8(ascii: "\n")] }
  }
}

/// Names of deployments, as CodeDeploy makes them: `d-` and nine letters and digits.
enum DeploymentID {
  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")

  static func make() -> String { "d-" + String((0..<9).map { _ in letters[Int.random(in: letters.indices)] }) }

  static func isValid(_ text: String) -> Bool {
    text.hasPrefix("d-") && text.utf8.count == 11 && text.dropFirst(2).allSatisfy { letters.contains($0) }
  }
}
