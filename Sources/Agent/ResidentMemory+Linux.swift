internal import CLinux
internal import JourneymanSupport

/// Memory that a listener keeps though it waits.
///
/// The kernel maps sixteen pages of a program around each one that is touched, and starting or a build touches much that
/// waiting does not. A machine whose builds need memory would have to find that out page by page.
enum ResidentMemory {
  /// How much may have come since the last time before anything is given back, in bytes.
  private static let margin: Int64 = 1 << 20

  /// Gives back what waiting does not need: the free memory of the heap, and pages of programs and libraries that are
  /// the same in their files, where they are taken from again when they are used.
  ///
  /// - Parameter kept: what was left the last time, in bytes.
  /// - Returns: what is left now, in bytes.
  static func giveBack(since kept: Int64) -> Int64 {
    if AgentMetrics.residentBytes() < kept + margin { return kept }
    journeyman_trim_heap()
    if let text = try? FileSystem.read("/proc/self/smaps", limit: 4 << 20) {
      for range in unchanged(in: String(decoding: text, as: UTF8.self)) {
        _ = journeyman_unmap_unchanged(range.lowerBound, range.count)
      }
    }
    return AgentMetrics.residentBytes()
  }

  /// The places of files that are mapped read-only and of which no page has been changed: what a program changed before
  /// it made a mapping read-only, as the loader does, would be lost.
  ///
  /// - Parameter text: the format of `proc_pid_smaps(5)`.
  static func unchanged(in text: String) -> [Range<UInt>] {
    var found: [Range<UInt>] = []
    var candidate: Range<UInt>?
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count >= 6, let range = range(words[0]), words[1].utf8.count == 4 {
        let isUnwritable = words[1].hasPrefix("r") && words[1].dropFirst().first == "-" && words[1].hasSuffix("p")
        candidate = isUnwritable && words[5].hasPrefix("/") ? range : nil
      } else if words.count == 3 && words[0] == "Anonymous:", let range = candidate {
        candidate = nil
        if words[1] == "0" { found.append(range) }
      } else if words.count == 5, range(words[0]) != nil {
        candidate = nil
      }
    }
    return found
  }

  private static func range(_ word: Substring) -> Range<UInt>? {
    let ends = word.split(separator: "-").compactMap { UInt($0, radix: 16) }
    return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : nil
  }
}
