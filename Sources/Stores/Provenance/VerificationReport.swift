import JourneymanSealing

/// A ``Verification`` in lines for people. Every name in it is made harmless for a terminal.
public enum VerificationReport {
  /// One line for each file, then what vouches for them.
  public static func lines(_ result: Verification) -> [String] {
    let different = Set(result.differences.map(\.file))
    let good = result.manifest.files.filter { !different.contains($0.file) }.map { "ok         \($0.file)" }
    let bad = result.differences.map { "\(describe($0.difference, of: ArtifactPath.shown($0.file)))" }
    return good + bad + origin(result) + [signature(result)]
  }

  private static func describe(_ difference: Verification.Difference, of file: String) -> String {
    switch difference {
    case .missing: "MISSING    \(file): the manifest lists it"
    case .size(let expected, let actual): "CHANGED    \(file): \(actual) bytes, the manifest says \(expected)"
    case .content(let expected, let actual):
      "CHANGED    \(file): SHA-256 \(actual), the manifest says \(expected)"
    case .notListed: "EXTRA      \(file): the manifest does not list it"
    case .notSigned: "UNSIGNED   \(file): the signed provenance does not speak of it"
    case .signedOtherwise(let signed, let listed):
      "CHANGED    \(file): SHA-256 \(listed), but \(isDigest(signed) ? signed : "no SHA-256") was signed"
    case .leftOut: "LEFT OUT   \(file): it was signed, but the manifest does not list it"
    case .unreadable(let reason): "UNREADABLE \(file): \(reason)"
    }
  }

  private static func origin(_ result: Verification) -> [String] {
    guard let definition = result.statement?.predicate.buildDefinition else { return [] }
    let source = definition.externalParameters["source"] ?? "an unknown source"
    let revision = definition.externalParameters["revision"].map { " at \(ArtifactPath.shown($0))" } ?? ""
    return ["built from \(ArtifactPath.shown(source))\(revision)"]
  }

  private static func signature(_ result: Verification) -> String {
    switch result.signer {
    case .trusted(let key):
      result.differences.isEmpty
        ? "good: signed by \(key), which you trust"
        : "NOT GOOD: signed by \(key), which you trust, but the files differ from what was signed"
    case .forged(let key): "NOT GOOD: the provenance was changed after \(key) signed it"
    case .untrusted(let identifiers):
      "NOT GOOD: signed only by keys that you do not trust (\(identifiers.joined(separator: ", "))); "
        + "get the builder's public key from a place you trust and pass it with --key"
    case .nobody: "NOT GOOD: nobody has signed; anybody could have made these files and their manifest"
    case .malformed(let reason): "NOT GOOD: \(reason)"
    }
  }
}
