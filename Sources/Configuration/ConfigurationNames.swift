import JourneymanSupport

/// How messages write names of sections and keys.
enum ConfigurationNames {
  /// `[agent]` or `[secret "npm"]`
  static func heading(_ section: String, _ subsection: String?) -> String {
    subsection.map { "[\(section) \"\(URLLogin.removed(from: $0))\"]" } ?? "[\(section)]"
  }

  /// The nearest known name, found without regard to case and written as documentation writes it, or nothing.
  static func didYouMean(_ word: String, _ candidates: [String]) -> String {
    let known = Dictionary(candidates.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    let nearest = Suggestion.nearest(to: word.lowercased(), among: candidates.map { $0.lowercased() })
    return nearest.flatMap { known[$0] }.map { "; did you mean '\($0)'?" } ?? ""
  }
}
