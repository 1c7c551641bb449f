import JourneymanBuildspec

/// Reads a buildspec from text.
func parse(_ text: String) -> BuildspecDocument {
  Buildspec.parse(Array(text.utf8), file: "buildspec.yml")
}

/// The smallest complete buildspec with more sections after it.
func parse(with sections: String) -> BuildspecDocument {
  parse("version: 0.2\nphases:\n  build:\n    commands: [make]\n" + sections)
}

extension BuildspecDocument {
  /// `line:column message` of each error.
  var errorLines: [String] { errors.map { "\($0.line):\($0.column) \($0.message)" } }
  /// `line:column message` of each warning.
  var warningLines: [String] { warnings.map { "\($0.line):\($0.column) \($0.message)" } }
}
