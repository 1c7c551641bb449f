import Foundation
public import JourneymanSupport

/// The standard streams of a program. Unlike `FileHandle`, which traps, a closed or full stream is an error here.
public enum Console {
  /// Writes text to standard output as it is.
  ///
  /// - Throws: ``SystemError``; the program ends with it, so that a script never takes a cut answer for a whole one.
  public static func write(_ text: String) throws(SystemError) {
    try FileSystem.writeAll(Array(text.utf8), to: STDOUT_FILENO, name: "standard output")
  }

  /// Writes a line of the answer to standard output.
  ///
  /// - Throws: ``SystemError``
  public static func print(_ line: String) throws(SystemError) { try write(line + "\n") }

  /// Writes a line for people to standard error. Nobody can be told when that fails.
  public static func report(_ line: String) {
    do throws(SystemError) {
      try FileSystem.writeAll(Array((line + "\n").utf8), to: STDERR_FILENO, name: "standard error")
    } catch {
      return
    }
  }
}
