/// Why something was not published.
struct PackageError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// The configured address cannot be used.
    static let address = Code("address")
    /// A file is no package of its kind, or says something about itself that cannot be true.
    static let invalidPackage = Code("invalidPackage")
    /// The repository refused it.
    static let refused = Code("refused")
  }

  let code: Code
  /// What happened and what to do next, for people.
  let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  var description: String { message }
}
