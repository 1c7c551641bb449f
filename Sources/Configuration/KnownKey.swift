/// One key that a section may have, and what its value sets.
struct KnownKey<Target>: Sendable {
  typealias Apply = @Sendable (inout Target, ConfigurationValue) throws -> Void

  /// The key as documentation writes it; configuration files may write it in any case.
  let name: String
  /// Whether a section without it is incomplete.
  let isRequired: Bool
  /// Sets what the value says. A key that holds a list adds to it each time; for others the last value counts.
  let apply: Apply

  init(_ name: String, isRequired: Bool = false, _ apply: @escaping Apply) {
    self.name = name
    self.isRequired = isRequired
    self.apply = apply
  }
}

extension ConfigurationEntry {
  /// Sets what the entry says.
  ///
  /// - Parameter directory: what relative paths start from.
  /// - Returns: what is wrong with the key or its value; `nil` when nothing is.
  func apply<Target>(_ keys: [KnownKey<Target>], to target: inout Target, _ directory: String) -> String? {
    guard let known = keys.first(where: { $0.name.lowercased() == key }) else {
      let place = ConfigurationNames.heading(section, subsection)
      return "unknown key '\(key)' in \(place)" + ConfigurationNames.didYouMean(key, keys.map(\.name))
    }
    do {
      try known.apply(&target, ConfigurationValue(text: value, directory: directory))
      return nil
    } catch let mismatch as ConfigurationValue.Mismatch {
      return "\(known.name): \(mismatch.message)"
    } catch {
      return "\(known.name): \(error)"
    }
  }
}
