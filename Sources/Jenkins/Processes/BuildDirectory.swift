internal import Foundation
internal import JourneymanSupport

/// Where the agent keeps what belongs to one build: the record of its sandbox and its home directory.
struct BuildDirectory: Sendable {
  /// The build.
  let key: String
  /// The path.
  let path: String

  /// The longest name; file systems take 255 bytes.
  private static let longestName = 150

  /// The directory of a build.
  ///
  /// - Parameter state: the agent's own directory.
  init(_ key: String, in state: String) {
    self.key = key
    path = "\(state)/builds/\(Self.name(of: key))"
  }

  /// The key in letters that no path misreads. Where that is too long a name, a number made of the whole key tells it from
  /// others that begin the same, as the builds of one job do.
  private static func name(of key: String) -> String {
    let letters = key.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
        String(Unicode.Scalar(byte))
      default: "_" + String(byte, radix: 16)
      }
    }.joined()
    if letters.utf8.count <= longestName { return letters }
    // FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/
    let hash = key.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return letters.prefix(longestName - 17) + "-" + String(hash, radix: 16)
  }

  private init?(existing path: String) {
    guard let key = try? FileSystem.read(path + "/key", limit: 1 << 16) else { return nil }
    self.key = String(decoding: key, as: UTF8.self)
    self.path = path
  }

  /// Those that are there, whichever process made them.
  static func all(in state: String) -> [BuildDirectory] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: state + "/builds")) ?? []
    // What begins with a point is being removed.
    return names.filter { !$0.hasPrefix(".") }.sorted().compactMap { BuildDirectory(existing: "\(state)/builds/\($0)") }
  }

  /// The directory's own name.
  var name: String { PathName.last(of: path) }

  /// The directory of the socket by which the build reaches this agent.
  var job: String { path + "/job" }

  /// The directory of the sandbox's record.
  var record: String { path + "/sandbox" }

  /// Whether there is a record of a sandbox.
  var hasRecord: Bool { access(record + "/record.json", F_OK) == 0 }

  /// The build's home directory.
  var home: String { path + "/home" }

  /// Whether the build ends with the connection.
  var endsWithConnection: Bool { access(path + "/ends-with-connection", F_OK) == 0 }

  /// Makes it.
  ///
  /// - Throws: ``JenkinsError`` when another build has it.
  func make(endsWithConnection: Bool) throws {
    for name in ["", "/home"] { try FileSystem.makeDirectories(path + name, mode: 0o700) }
    if let other = BuildDirectory(existing: path), other.key != key {
      throw JenkinsError(.failed, "builds \(key) and \(other.key) cannot run on this agent at the same time")
    }
    try FileSystem.writeAtomically(Array(key.utf8), to: path + "/key")
    if endsWithConnection { try FileSystem.writeAtomically([], to: path + "/ends-with-connection") }
  }

  /// Removes it.
  func remove() throws { try FileSystem.removeTree(path) }
}
