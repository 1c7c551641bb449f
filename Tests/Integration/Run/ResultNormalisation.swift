import Foundation

/// Takes out of a `result.json` what differs from run to run and from machine to machine; all else stays.
enum ResultNormalisation {
  /// Fields that say when, how long and by which number: replaced wherever they stand.
  private static let varying: Set<String> = ["id", "startedAt", "finishedAt", "durationSeconds"]
  /// Compilers and libraries decide about these.
  private static let ofArchives: Set<String> = ["bytes", "sha256", "plainBytes", "plainSHA256"]

  /// The normalised text: sorted, indented, in the form of the expected files.
  ///
  /// - Parameter source: the directory that was built, which becomes `SOURCE` wherever it stands.
  static func normalised(_ json: String, source: String) throws -> String {
    let object = try JSONSerialization.jsonObject(with: Data(json.replacing(source, with: "SOURCE").utf8))
    let bytes = try JSONSerialization.data(
      withJSONObject: normalised(object, within: nil),
      options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    return String(decoding: bytes, as: UTF8.self) + "\n"
  }

  private static func normalised(_ value: Any, within field: String?) -> Any {
    if let list = value as? [Any] { return list.map { normalised($0, within: field) } }
    guard let object = value as? [String: Any] else { return value }
    return Dictionary(
      uniqueKeysWithValues: object.map { key, value in
        let varies = varying.contains(key) || field == "artifacts" && ofArchives.contains(key)
        return (key, varies && !(value is NSNull) ? "VARIES" : normalised(value, within: key))
      })
  }
}
