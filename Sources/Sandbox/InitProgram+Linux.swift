import Foundation
import JourneymanSupport

/// Where journeyman-init is.
enum InitProgram {
  /// Beside the running program, then in `../libexec/journeyman`.
  ///
  /// - Throws: ``SandboxError`` `.unsupported` naming both places.
  static func path() throws(SandboxError) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
    let program = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let directory = PathName.directory(of: program)
    let places = [directory + "/journeyman-init", directory + "/../libexec/journeyman/journeyman-init"]
    if let found = places.first(where: { access($0, X_OK) == 0 }) { return found }
    throw SandboxError(
      .unsupported, "journeyman-init is neither \(places[0]) nor \(places[1]); install it beside the program")
  }
}
