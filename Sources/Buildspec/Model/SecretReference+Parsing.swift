extension Buildspec.SecretReference {
  /// Splits `secret-id[:json-key[:version-stage[:version-id]]]`. An ARN has six colons of its own; the other fields
  /// start after its seventh part. Empty fields are as if absent.
  ///
  /// - Returns: the reference, or what is wrong with the text.
  static func parse(_ text: String, variable: String) -> Result<Self, SecretReferenceError> {
    var fields = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    if fields.first == "arn" {
      guard fields.count >= 7, fields[2] == "secretsmanager", fields[5] == "secret", !fields[6].isEmpty else {
        return .failure(SecretReferenceError("'\(text.prefix(200))' is not the ARN of a secret"))
      }
      fields.replaceSubrange(..<7, with: [fields[..<7].joined(separator: ":")])
    }
    if fields[0].isEmpty { return .failure(SecretReferenceError("'\(text.prefix(200))' names no secret")) }
    if fields.count > 4 {
      return .failure(
        SecretReferenceError("'\(text.prefix(200))' has more fields than secret-id:json-key:version-stage:version-id"))
    }
    func field(_ index: Int) -> String? { index < fields.count && !fields[index].isEmpty ? fields[index] : nil }
    let reference = Self(
      variable: variable, secretID: fields[0], jsonKey: field(1), versionStage: field(2), versionID: field(3))
    if reference.versionStage != nil && reference.versionID != nil {
      return .failure(
        SecretReferenceError("'\(text.prefix(200))' names both a version stage and a version id: only one may be"))
    }
    return .success(reference)
  }
}

/// What is wrong with the text of a secret reference.
struct SecretReferenceError: Error, Equatable {
  let message: String

  init(_ message: String) { self.message = message }
}
