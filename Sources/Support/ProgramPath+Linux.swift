import Foundation

/// Where this program and those installed with it are.
public enum ProgramPath {
  /// The absolute path of the running program, links resolved.
  ///
  /// - Throws: ``SystemError`` when `/proc` is not mounted.
  public static func own() throws(SystemError) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = try retryingInterrupts("find this program: read /proc/self/exe") {
      readlink("/proc/self/exe", &buffer, buffer.count)
    }
    return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
