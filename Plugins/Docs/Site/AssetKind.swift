import JourneymanActionSupport

/// Which files of a project may lie in a site: such as a browser only shows or saves, never runs.
enum AssetKind {
  /// The largest file that is taken over, in bytes.
  static let largestFile = 64 << 20

  private static let images: Set<String> = ["png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico"]
  private static let others: Set<String> = [
    "pdf", "txt", "csv", "tsv", "json", "yaml", "yml", "toml", "zip", "gz", "tgz", "xz", "zst", "bz2", "tar", "mp4",
    "webm", "mp3", "ogg", "wav", "woff", "woff2", "ttf", "otf", "epub", "odt", "ods", "docx", "xlsx", "pptx", "swift",
    "c", "h", "cpp", "java", "kt", "py", "rb", "go", "rs", "sh", "sql", "proto", "graphql", "diff", "patch", "log",
  ]

  private static func kind(_ path: String) -> String {
    guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return "" }
    return path[path.index(after: dot)...].lowercased()
  }

  static func isImage(_ path: String) -> Bool { images.contains(kind(path)) }
  static func isAllowed(_ path: String) -> Bool { isImage(path) || others.contains(kind(path)) }

  /// Why a file cannot lie in a site in spite of its name; `nil` when it can. SVG may hold scripts.
  static func objection(to path: String, _ content: [UInt8]) -> String? {
    guard kind(path) == "svg" else { return nil }
    let check = DrawingCheck()
    do {
      try XMLStream.read(content, into: check)
      return check.objection
    } catch {
      return "is no SVG that can be read: \(error)"
    }
  }

  /// Looks for what a browser would run or load.
  private final class DrawingCheck: XMLHandler {
    var objection: String?

    func startElement(_ name: String, _ attributes: XMLAttributes) {
      let element = name.split(separator: ":").last?.lowercased() ?? ""
      if ["script", "foreignobject", "iframe", "handler", "set", "animate"].contains(element) {
        objection = objection ?? "holds the element '\(element)', which a drawing does not need"
      }
      for (key, value) in attributes.items {
        let plain = key.split(separator: ":").last?.lowercased() ?? ""
        if plain.hasPrefix("on") { objection = objection ?? "runs a script at '\(plain)'" }
        if plain == "href", !value.hasPrefix("#"), !value.hasPrefix("data:image/") {
          objection = objection ?? "leads elsewhere by '\(key)'"
        }
      }
    }
    func text(_ bytes: UnsafeBufferPointer<UInt8>) {}
    func endElement(_ name: String) {}
  }
}
