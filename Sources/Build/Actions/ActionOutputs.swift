import JourneymanActionKit

/// The outputs of one action as variables of the build.
enum ActionOutputs {
  /// How many outputs an action may have, and how many bytes each.
  static let mostOutputs = 200
  static let longestValue = 64 << 10

  /// The variables `ACTION_<NAME>_<KEY>`.
  ///
  /// - Parameter prefix: what comes before the key, such as `ACTION_UNIT_TESTS_`.
  /// - Throws: `PluginError` for keys and values that no variable can have.
  static func variables(_ outputs: [String: String], prefix: String) throws(PluginError) -> [String: String] {
    if outputs.count > mostOutputs {
      throw PluginError(.failed, "the action has \(outputs.count) outputs; at most \(mostOutputs) are taken")
    }
    var variables: [String: String] = [:]
    for (key, value) in outputs.sorted(by: { $0.key < $1.key }) {
      let isWord = key.utf8.allSatisfy {
        (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95
      }
      if key.isEmpty || key.utf8.count > 128 || !isWord {
        throw PluginError(.failed, "the output '\(key.prefix(64))' has no name of letters, digits, hyphens and _")
      }
      if value.utf8.count > longestValue || value.utf8.contains(0) {
        throw PluginError(.failed, "the output '\(key)' has a zero byte or more than \(longestValue) bytes")
      }
      let name = prefix + key.uppercased().replacing("-", with: "_")
      if variables.updateValue(value, forKey: name) != nil {
        throw PluginError(.failed, "two outputs would both set \(name)")
      }
    }
    return variables
  }
}
