import CGit2
import Foundation
import JourneymanSupport

/// Reads a file of git's configuration format through libgit2, and that file alone: neither the user's nor the
/// system's git configuration.
enum GitConfigurationReader {
  /// All variables of the file and of what it includes, in order.
  ///
  /// - Throws: ``ConfigurationError`` with libgit2's own words, which name the line of a syntax error.
  static func entries(of file: String) throws(ConfigurationError) -> [ConfigurationEntry] {
    git_libgit2_init()
    defer { git_libgit2_shutdown() }
    var configuration: OpaquePointer?
    try check(git_config_new(&configuration), file)
    defer { git_config_free(configuration) }
    try check(git_config_add_file_ondisk(configuration, file, GIT_CONFIG_LEVEL_APP, nil, 0), file)
    var iterator: OpaquePointer?
    try check(git_config_iterator_new(&iterator, configuration), file)
    defer { git_config_iterator_free(iterator) }
    var entries: [ConfigurationEntry] = []
    var entry: UnsafeMutablePointer<git_config_entry>?
    while true {
      let result = git_config_next(&entry, iterator)
      if result == GIT_ITEROVER.rawValue { return entries }
      try check(result, file)
      guard let entry, let name = String(validatingCString: entry.pointee.name) else {
        throw ConfigurationError(.syntax, [.init(file: file, "the text is not UTF-8")])
      }
      var value: String?
      if let bytes = entry.pointee.value {
        value = String(validatingCString: bytes)
        if value == nil { throw ConfigurationError(.syntax, [.init(file: file, "the value of \(name) is not UTF-8")]) }
      }
      if let found = ConfigurationEntry(name: name, value: value) { entries.append(found) }
    }
  }

  /// Reads a whole number with git's suffixes k, m and g (powers of 1024).
  static func integer(_ text: String) -> Int64? {
    var value: Int64 = 0
    return git_config_parse_int64(&value, text) == 0 ? value : nil
  }

  /// Reads git's boolean words: true, yes, on, 1 and false, no, off, 0 and the empty text.
  static func boolean(_ text: String) -> Bool? {
    var value: Int32 = 0
    return git_config_parse_bool(&value, text) == 0 ? value != 0 : nil
  }

  private static func check(_ result: Int32, _ file: String) throws(ConfigurationError) {
    if result >= 0 { return }
    let message = git_error_last().map { String(cString: $0.pointee.message) } ?? "libgit2 error \(result)"
    throw ConfigurationError(.syntax, [problem(message, in: file)])
  }

  /// Takes the place out of `failed to parse config file: … (in /etc/agent.conf:3)`.
  private static func problem(_ message: String, in file: String) -> ConfigurationError.Problem {
    guard message.hasSuffix(")"), let start = message.range(of: " (in ", options: .backwards),
      let colon = message.lastIndex(of: ":"), colon > start.upperBound,
      let line = Int(message[message.index(after: colon)...].dropLast())
    else { return .init(file: file, message) }
    return .init(
      file: String(message[start.upperBound..<colon]), line: line, String(message[..<start.lowerBound]))
  }
}
