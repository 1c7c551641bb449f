import Foundation

/// An in-toto statement, <https://in-toto.io/Statement/v1>, that says by SLSA provenance v1 how files were built.
public struct Statement: Sendable, Hashable, Codable {
  /// The media type of statements in DSSE envelopes.
  public static let mediaType = "application/vnd.in-toto+json"
  static let type = "https://in-toto.io/Statement/v1"
  static let predicateType = "https://slsa.dev/provenance/v1"

  /// One file that the statement is about.
  public struct Subject: Sendable, Hashable, Codable {
    /// The file's path relative to the manifest.
    public var name: String
    /// Digests by algorithm; always has `sha256`.
    public var digest: [String: String]
  }

  /// Something that went into the build.
  public struct Dependency: Sendable, Hashable, Codable {
    /// Where it came from.
    public var uri: String?
    /// What it is called.
    public var name: String?
    /// Digests by algorithm.
    public var digest: [String: String]?
  }

  /// How the build was defined.
  public struct BuildDefinition: Sendable, Hashable, Codable {
    /// What the parameters mean.
    public var buildType: String
    /// What the user asked for.
    public var externalParameters: [String: String]
    /// What the agent chose.
    public var internalParameters: [String: String]
    /// The source and the buildspec.
    public var resolvedDependencies: [Dependency]
  }

  /// How the build was carried out.
  public struct RunDetails: Sendable, Hashable, Codable {
    /// Who built.
    public struct Builder: Sendable, Hashable, Codable {
      /// The kind of builder.
      public var id: String
      /// Programs and their versions.
      public var version: [String: String]
    }
    /// When and under which name.
    public struct Metadata: Sendable, Hashable, Codable {
      /// The build's identifier.
      public var invocationId: String
      /// RFC 3339.
      public var startedOn: String
      /// RFC 3339.
      public var finishedOn: String
    }
    /// Who built.
    public var builder: Builder
    /// When and under which name.
    public var metadata: Metadata
  }

  /// The SLSA predicate.
  public struct Predicate: Sendable, Hashable, Codable {
    /// How the build was defined.
    public var buildDefinition: BuildDefinition
    /// How the build was carried out.
    public var runDetails: RunDetails
  }

  /// The type of the statement.
  public var type: String
  /// What it is about.
  public var subject: [Subject]
  /// The type of the predicate.
  public var predicateType: String
  /// What it says.
  public var predicate: Predicate

  private enum CodingKeys: String, CodingKey {
    case type = "_type"
    case subject, predicateType, predicate
  }

  /// Reads a statement whose signature was found good.
  ///
  /// - Throws: ``AttestationError``.
  public init(parsing bytes: [UInt8]) throws(AttestationError) {
    do {
      self = try JSONDecoder().decode(Statement.self, from: Data(bytes))
    } catch {
      throw AttestationError(
        .malformed, "the provenance is not a statement of SLSA v1: \(jsonProblem(error))", underlying: error)
    }
    if type != Self.type || predicateType != Self.predicateType {
      throw AttestationError(.malformed, "the provenance is of another type than in-toto v1 with SLSA v1")
    }
    if subject.count > Manifest.mostFiles + 1 {
      throw AttestationError(.tooLarge, "the provenance has more than \(Manifest.mostFiles) subjects")
    }
    for one in subject { try ArtifactPath.check(one.name) }
  }

  init(subject: [Subject], predicate: Predicate) {
    type = Self.type
    self.subject = subject
    predicateType = Self.predicateType
    self.predicate = predicate
  }

  /// The JSON text: the same bytes for the same content.
  func encoded() throws(AttestationError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(self))
    } catch {
      throw AttestationError(.malformed, "cannot write the provenance: \(error)", underlying: error)
    }
  }
}
