import Foundation

extension FileSystem {
  /// Makes a directory that only this user can enter (`mkdtemp(3)`).
  ///
  /// - Parameter prefix: the path up to what is chosen at random.
  /// - Returns: the directory's path.
  /// - Throws: ``SystemError``.
  public static func makeTemporaryDirectory(_ prefix: String) throws(SystemError) -> String {
    var template = Array("\(prefix)-XXXXXX".utf8CString)
    if mkdtemp(&template) == nil { throw SystemError("make a temporary directory \(prefix)-…") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
