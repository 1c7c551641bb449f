internal import JourneymanActionKit
internal import JourneymanActionSupport

/// A form of fields and one file: `multipart/form-data`, RFC 7578.
struct MultipartForm: Sendable {
  private let boundary = "journeyman-" + (0..<4).map { _ in String(UInt64.random(in: 0 ... .max), radix: 36) }.joined()
  private var bytes: [UInt8] = []

  var contentType: String { "multipart/form-data; boundary=\(boundary)" }

  /// Adds a field. Names are the plugin's own; values may hold anything, because nobody can guess the boundary.
  mutating func add(_ name: String, _ value: String) {
    bytes += Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
  }

  /// Writes the whole form with a file as its last part.
  func write(
    file: ActionFile, field: String, filename: String, to path: String, in output: OutputFiles
  ) async throws -> ActionFile {
    let head =
      "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"; filename=\"\(filename)\"\r\n"
      + "Content-Type: application/octet-stream\r\n\r\n"
    return try await FileAssembly.write(
      [.bytes(bytes + Array(head.utf8)), .file(file), .bytes(Array("\r\n--\(boundary)--\r\n".utf8))], to: path,
      in: output)
  }
}
